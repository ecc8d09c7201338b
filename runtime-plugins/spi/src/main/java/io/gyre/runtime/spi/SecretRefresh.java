package io.gyre.runtime.spi;

/**
 * New content of files with secrets under instances that run. {@link Capability#SECRET_REFRESH}.
 */
public interface SecretRefresh {
  /**
   * Brings the files with secrets of an instance to what {@link RuntimeContext#secrets} says now:
   * the same volumes, with other content. Owner and mode stay; entries that are gone are removed.
   * Variables stay as they are, and nothing is started, stopped or signalled. Where it can, a
   * runtime replaces each file by a rename, so that nobody reads a part of it.
   *
   * <p>Also done for an instance that doesn't run, where it has its files already. Unknown ids are
   * fine. May block. Idempotent: where it failed, or this JVM died half way, the host calls it
   * again.
   */
  void refreshSecrets(String id) throws RuntimeFailure;
}
