/**
 * What is stored sealed, and the keys that seal it.
 *
 * <pre>
 *  KeySource ──▶ Keys ──▶ KeyRing: several key-encryption keys (KEK), one is current
 *  (file, credential,         │
 *   variable, passphrase)     │ wraps
 *                             ▼
 *  value ◀──AES-256-GCM── a random key per value (DEK) ──▶ Envelope: what is stored
 *                             ▲
 *  SealContext (what it is, of whom, which version): authenticated, so none is taken for another
 * </pre>
 *
 * Used by the API, which seals, and the runtime host, which opens. Nothing here logs.
 */
@NullMarked
package io.gyre.vault;

import org.jspecify.annotations.NullMarked;
