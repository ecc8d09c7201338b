package io.gyre.api.secret;

import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.store.SealedName;
import io.gyre.store.SealedRecord;
import io.gyre.store.SecretState;
import io.gyre.store.SecretTx;
import io.gyre.vault.KeyRing;
import io.gyre.vault.KeyedDigest;
import io.gyre.vault.Keys;
import io.gyre.vault.SealContext;
import java.util.Map;
import java.util.Optional;

/** Seals what is stored and opens it again. Any thread. */
public final class Seals {
  private static final SealedName DIGEST_KEY = new SealedName("digest-key", "", "", 1);

  private final Keys keys;

  public Seals(Keys keys) {
    this.keys = keys;
  }

  /** Seals a value under the current key and stores it; the first one makes that key. */
  public void put(SecretTx tx, SealedName name, byte[] plain) {
    tx.putSealed(seal(tx, name, plain));
  }

  /** The value; empty where there is none of that name. */
  public Optional<byte[]> open(SecretState state, SealedName name) {
    return state.sealed(name).map(record -> keys.ring().open(context(name), record.sealed()));
  }

  /** Without storing it. */
  SealedRecord seal(SecretState state, SealedName name, byte[] plain) {
    KeyRing ring = ringToSeal(state);
    return new SealedRecord(name, ring.seal(context(name), plain), ring.current().orElseThrow());
  }

  /** Tells equal values of one name apart from others, to whoever has the keys. */
  KeyedDigest digest(SecretTx tx) {
    Optional<byte[]> key = open(tx, DIGEST_KEY);
    if (key.isPresent()) {
      return new KeyedDigest(key.get());
    }
    byte[] made = KeyRing.newKey();
    put(tx, DIGEST_KEY, made);
    return new KeyedDigest(made);
  }

  /** The same value under the current key. */
  SealedRecord rewrap(KeyRing ring, SealedRecord record) {
    return new SealedRecord(
        record.name(),
        ring.rewrap(context(record.name()), record.sealed()),
        ring.current().orElseThrow());
  }

  Keys keys() {
    return keys;
  }

  /** A key is only made while nothing is sealed: else the one that sealed it has got lost. */
  private KeyRing ringToSeal(SecretState state) {
    KeyRing ring = keys.ring();
    if (!ring.isEmpty()) {
      return ring;
    }
    Map<String, Long> sealed = state.sealedByKey();
    if (sealed.isEmpty()) {
      ring = keys.make();
    }
    if (ring.isEmpty()) {
      throw new GyreException(
          ErrorKind.UNAVAILABLE,
          "secrets.key_missing",
          sealed.isEmpty()
              ? "there is no key to seal secrets with: " + keys.place() + " gives none"
              : "the key " + sealed.keySet() + " is missing that sealed what there is",
          "put it there; see `gyre doctor`");
    }
    return ring;
  }

  private static SealContext context(SealedName name) {
    return SealContext.of(
        name.purpose(), name.namespace(), name.name(), Long.toString(name.version()));
  }
}
