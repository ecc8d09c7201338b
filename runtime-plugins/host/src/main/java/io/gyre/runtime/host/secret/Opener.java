package io.gyre.runtime.host.secret;

import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.store.SealedName;
import io.gyre.store.SealedRecord;
import io.gyre.vault.Keys;
import io.gyre.vault.SealContext;

/** Opens what the API has sealed. Any thread. */
public final class Opener {
  private final Keys keys;

  public Opener(Keys keys) {
    this.keys = keys;
  }

  /**
   * The value.
   *
   * @throws GyreException where its key isn't here, or it was changed; says whose it is
   */
  public byte[] open(SealedRecord record) {
    SealedName name = record.name();
    try {
      return keys.ring()
          .open(
              SealContext.of(
                  name.purpose(), name.namespace(), name.name(), Long.toString(name.version())),
              record.sealed());
    } catch (GyreException e) {
      throw new GyreException(
          e.kind() == ErrorKind.INTERNAL ? ErrorKind.RUNTIME : e.kind(),
          e.code(),
          name.purpose() + " " + name.namespace() + "/" + name.name() + ": " + e.getMessage(),
          e.hint());
    }
  }
}
