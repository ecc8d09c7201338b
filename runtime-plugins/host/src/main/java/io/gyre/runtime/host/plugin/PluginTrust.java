package io.gyre.runtime.host.plugin;

import io.gyre.component.GyreConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.EdDSAParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whose plugins are loaded, besides those of the distribution. A signature is Ed25519ph (RFC 8032)
 * over the bytes of the jar: the variant that needs not hold all of them in memory.
 */
final class PluginTrust {
  /** Before the 32 bytes of a key: the rest of its X.509 form. */
  private static final byte[] X509_HEAD = HexFormat.of().parseHex("302a300506032b6570032100");

  private static final int RAW_KEY = 32;
  private static final int SIGNATURE = 64;

  private record Key(String id, PublicKey key) {}

  private final boolean required;
  private final List<Key> keys;
  private final int unusable;
  private final @Nullable String doubt;

  private PluginTrust(boolean required, List<Key> keys, int unusable, @Nullable String doubt) {
    this.required = required;
    this.keys = keys;
    this.unusable = unusable;
    this.doubt = doubt;
  }

  static PluginTrust of(GyreConfig.Runtimes config, Path configFile) {
    List<Key> keys = new ArrayList<>();
    int unusable = 0;
    for (String text : config.trustedKeys()) {
      try {
        keys.add(parse(text));
      } catch (GeneralSecurityException | IllegalArgumentException e) {
        unusable++;
      }
    }
    boolean matters = config.requireSigned() || !config.trustedKeys().isEmpty();
    return new PluginTrust(
        config.requireSigned(), keys, unusable, matters ? doubt(configFile) : null);
  }

  /** Why who may write the file is not only root and the user of Gyre; null where it is. */
  private static @Nullable String doubt(Path configFile) {
    try {
      if (!Files.exists(configFile)) {
        return null;
      }
      if (!Owners.trusted(configFile)) {
        return configFile + ", which names the trusted keys, belongs to " + Owners.of(configFile);
      }
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(configFile);
      if (permissions.contains(PosixFilePermission.GROUP_WRITE)
          || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
        return configFile
            + ", which names the trusted keys, can be changed by others: chmod go-w "
            + configFile;
      }
      return null;
    } catch (IOException e) {
      return "the owner of " + configFile + " is not known: " + e.getMessage();
    }
  }

  private static Key parse(String text) throws GeneralSecurityException {
    byte[] bytes = Base64.getMimeDecoder().decode(text.strip());
    byte[] raw;
    if (bytes.length == RAW_KEY) {
      raw = bytes;
    } else if (bytes.length == X509_HEAD.length + RAW_KEY) {
      raw = java.util.Arrays.copyOfRange(bytes, X509_HEAD.length, bytes.length);
    } else {
      throw new IllegalArgumentException("not the length of a key");
    }
    byte[] encoded = java.util.Arrays.copyOf(X509_HEAD, X509_HEAD.length + RAW_KEY);
    System.arraycopy(raw, 0, encoded, X509_HEAD.length, RAW_KEY);
    PublicKey key =
        KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
    return new Key(id(raw), key);
  }

  private static String id(byte[] raw) throws NoSuchAlgorithmException {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(raw), 0, 8);
  }

  /**
   * Reads the jar; opens nothing in it.
   *
   * @param signatures texts, any of which may be the one
   * @return the id of the key that signed it; null where nobody needs to have
   */
  @Nullable String check(Path jar, List<String> signatures) throws PluginRejected {
    if (doubt != null) {
      throw new PluginRejected(doubt);
    }
    if (keys.isEmpty() && !required) {
      if (unusable > 0 && !signatures.isEmpty()) {
        throw new PluginRejected(
            "it has a signature, but no key in runtime.trusted_keys can be read");
      }
      return null;
    }
    if (required && keys.isEmpty()) {
      throw new PluginRejected(
          "runtime.require_signed is set, but runtime.trusted_keys has no usable key");
    }
    for (String signature : signatures) {
      for (Key key : keys) {
        if (verifies(jar, signature, key)) {
          return key.id();
        }
      }
    }
    if (!signatures.isEmpty()) {
      throw new PluginRejected(
          "its signature is none of this jar by a trusted key ("
              + String.join(", ", keys.stream().map(Key::id).toList())
              + (unusable > 0 ? "; " + unusable + " more cannot be read" : "")
              + ")");
    }
    if (required) {
      throw new PluginRejected(
          "it is not signed, and runtime.require_signed is set: put its signature beside it, as"
              + " `gyre plugin sign` makes it");
    }
    return null;
  }

  private static boolean verifies(Path jar, String text, Key key) throws PluginRejected {
    byte[] bytes;
    try {
      bytes = Base64.getMimeDecoder().decode(text.strip());
    } catch (IllegalArgumentException e) {
      return false;
    }
    if (bytes.length != SIGNATURE) {
      return false;
    }
    try (InputStream in = Files.newInputStream(jar)) {
      Signature signature = Signature.getInstance("Ed25519");
      signature.setParameter(new EdDSAParameterSpec(true));
      signature.initVerify(key.key());
      byte[] buffer = new byte[64 << 10];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        signature.update(buffer, 0, n);
      }
      return signature.verify(bytes);
    } catch (GeneralSecurityException e) {
      return false;
    } catch (IOException e) {
      throw new PluginRejected("it cannot be read: " + e.getMessage());
    }
  }
}
