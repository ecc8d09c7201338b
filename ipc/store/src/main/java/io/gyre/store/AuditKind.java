package io.gyre.store;

/** What an entry of the audit log tells. Names are kept: they are part of what is hashed. */
public enum AuditKind {
  /** Committed together with this entry. */
  CHANGE,
  /** Asked for a change, and nothing changed. */
  UNCHANGED,
  /** Without a valid token, without the permission, or too often. */
  DENIED,
  /** Asked for a change, which was refused or failed. */
  FAILED,
  /** Read what is worth a note who reads it, such as this log. */
  ACCESS,
  /** Logged in with a password. */
  LOGIN,
  /** Runs a command in an instance; written before it starts. */
  EXEC,
  /** Entries before it were removed for their age or number. */
  SEAL,
  /** The log did not end where it had ended before. */
  GAP
}
