package io.gyre.store;

/** The end of the audit log: who knows it notices when rows at the end go or change. */
public record AuditHead(long seq, String hash) {
  /** Of a log without rows. */
  public static final AuditHead NONE = new AuditHead(0, "0".repeat(64));
}
