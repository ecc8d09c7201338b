package io.gyre.runtime.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.EdDSAParameterSpec;
import java.util.Arrays;
import java.util.Base64;

/** Signs jars as the command line does. */
final class SigningKey {
  private final KeyPair pair;

  SigningKey() {
    try {
      pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** As it is in {@code runtime.trusted_keys}. */
  String publicText() {
    byte[] encoded = pair.getPublic().getEncoded();
    return Base64.getEncoder()
        .encodeToString(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length));
  }

  /** The whole X.509 form, which is accepted too. */
  String longPublicText() {
    return Base64.getEncoder().encodeToString(pair.getPublic().getEncoded());
  }

  String sign(byte[] bytes) {
    try {
      Signature signature = Signature.getInstance("Ed25519");
      signature.setParameter(new EdDSAParameterSpec(true));
      signature.initSign(pair.getPrivate());
      signature.update(bytes);
      return Base64.getEncoder().encodeToString(signature.sign()) + "\n";
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** Writes the signature first, then renames the jar into place. */
  void place(byte[] jar, Path target) throws IOException {
    Files.writeString(target.resolveSibling(target.getFileName() + ".sig"), sign(jar));
    ProcessJar.place(jar, target);
  }
}
