package io.gyre.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.EdDSAParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Set;

/**
 * Keys and signatures of plugins. A private key is PKCS#8 in PEM, a public one the base64 of its 32
 * bytes, a signature the base64 of Ed25519ph (RFC 8032) over the bytes of the jar.
 */
final class PluginKeys {
  private static final byte[] X509_HEAD = HexFormat.of().parseHex("302a300506032b6570032100");
  private static final int RAW_KEY = 32;
  private static final String BEGIN = "-----BEGIN PRIVATE KEY-----\n";
  private static final String END = "\n-----END PRIVATE KEY-----\n";

  private PluginKeys() {}

  static String privateText(PrivateKey key) {
    return BEGIN
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded())
        + END;
  }

  static String publicText(PublicKey key) {
    byte[] encoded = key.getEncoded();
    return Base64.getEncoder()
        .encodeToString(Arrays.copyOfRange(encoded, encoded.length - RAW_KEY, encoded.length));
  }

  static PrivateKey readPrivate(Path file) throws IOException {
    String text = Files.readString(require(file));
    try {
      String body =
          text.substring(text.indexOf(BEGIN.strip()) + BEGIN.length(), text.indexOf(END.strip()));
      byte[] bytes = Base64.getMimeDecoder().decode(body);
      return KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(bytes));
    } catch (GeneralSecurityException | IndexOutOfBoundsException | IllegalArgumentException e) {
      throw new CliFailure(
          Exit.FAILED, file + " is no Ed25519 private key in PEM", "gyre plugin keygen makes one");
    }
  }

  /**
   * @param keyOrFile a public key, or the name of a file that has one
   */
  static PublicKey readPublic(String keyOrFile) throws IOException {
    String text = keyOrFile;
    if (Files.isRegularFile(Path.of(keyOrFile))) {
      text = Files.readString(Path.of(keyOrFile));
    }
    String base64 = text.replaceAll("-----[A-Z ]+-----", "").strip();
    try {
      byte[] bytes = Base64.getMimeDecoder().decode(base64);
      byte[] raw = Arrays.copyOfRange(bytes, Math.max(0, bytes.length - RAW_KEY), bytes.length);
      byte[] encoded = Arrays.copyOf(X509_HEAD, X509_HEAD.length + RAW_KEY);
      if (raw.length == RAW_KEY) {
        System.arraycopy(raw, 0, encoded, X509_HEAD.length, RAW_KEY);
        return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
      }
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      // Said below.
    }
    throw new CliFailure(
        Exit.FAILED,
        "\"" + keyOrFile + "\" is no Ed25519 public key",
        "give the line that gyre plugin keygen printed, or the .pub file it wrote");
  }

  /** As {@code gyre get plugins} shows it. */
  static String id(PublicKey key) {
    byte[] encoded = key.getEncoded();
    byte[] raw = Arrays.copyOfRange(encoded, encoded.length - RAW_KEY, encoded.length);
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(raw), 0, 8);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  static String sign(Path file, PrivateKey key) throws IOException {
    try {
      Signature signature = Signature.getInstance("Ed25519");
      signature.setParameter(new EdDSAParameterSpec(true));
      signature.initSign(key);
      update(signature, file);
      return Base64.getEncoder().encodeToString(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  static boolean verify(Path file, String text, PublicKey key) throws IOException {
    try {
      byte[] bytes = Base64.getMimeDecoder().decode(text.strip());
      Signature signature = Signature.getInstance("Ed25519");
      signature.setParameter(new EdDSAParameterSpec(true));
      signature.initVerify(key);
      update(signature, file);
      return signature.verify(bytes);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return false;
    }
  }

  private static void update(Signature signature, Path file)
      throws IOException, GeneralSecurityException {
    byte[] buffer = new byte[64 << 10];
    try (InputStream in = Files.newInputStream(require(file))) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        signature.update(buffer, 0, n);
      }
    }
  }

  private static Path require(Path file) throws NoSuchFileException {
    if (!Files.isRegularFile(file)) {
      throw new CliFailure(Exit.FAILED, "there is no file " + file, null);
    }
    return file;
  }

  /** Never over a file that is there. */
  static void writeNew(Path file, String text, String permissions) throws IOException {
    try {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions)));
      Files.writeString(file, text, StandardCharsets.US_ASCII, StandardOpenOption.WRITE);
    } catch (FileAlreadyExistsException e) {
      throw new CliFailure(
          Exit.CONFLICT, file + " exists already", "choose another name: --out FILE");
    }
  }

  static boolean readByOthers(Path file) throws IOException {
    Set<java.nio.file.attribute.PosixFilePermission> permissions =
        Files.getPosixFilePermissions(file);
    return !permissions.stream().allMatch(each -> each.name().startsWith("OWNER"));
  }
}
