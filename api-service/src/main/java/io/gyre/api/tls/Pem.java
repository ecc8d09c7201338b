package io.gyre.api.tls;

import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Certificates and keys as text files. */
public final class Pem {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

  private Pem() {}

  /**
   * A chain, its own certificate first; or authorities.
   *
   * @throws GyreException where it has none, or can't be read
   */
  public static List<X509Certificate> certificates(Path file) {
    List<X509Certificate> found = new ArrayList<>();
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      Matcher blocks = BLOCK.matcher(text(file));
      while (blocks.find()) {
        if (blocks.group(1).equals("CERTIFICATE")) {
          byte[] bytes = Base64.getMimeDecoder().decode(blocks.group(2));
          found.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(bytes)));
        }
      }
    } catch (CertificateException | IllegalArgumentException e) {
      throw unusable(file, "holds a certificate that can't be read: " + e.getMessage());
    }
    if (found.isEmpty()) {
      throw unusable(file, "holds no certificate");
    }
    return found;
  }

  static PrivateKey key(Path file) {
    Matcher blocks = BLOCK.matcher(text(file));
    while (blocks.find()) {
      switch (blocks.group(1)) {
        case "PRIVATE KEY" -> {
          try {
            return key(file, Base64.getMimeDecoder().decode(blocks.group(2)));
          } catch (IllegalArgumentException e) {
            throw unusable(file, "is no base64");
          }
        }
        case "ENCRYPTED PRIVATE KEY" ->
            throw unusable(file, "is encrypted; openssl pkcs8 -in FILE -out NEW takes that off");
        case "RSA PRIVATE KEY", "EC PRIVATE KEY" ->
            throw unusable(
                file, "is no PKCS#8; openssl pkcs8 -topk8 -nocrypt -in FILE -out NEW makes it one");
        default -> {
          // Parameters of a curve, or the certificate in the same file.
        }
      }
    }
    throw unusable(file, "holds no private key");
  }

  private static PrivateKey key(Path file, byte[] bytes) {
    for (String algorithm : List.of("EC", "RSA", "Ed25519")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(bytes));
      } catch (InvalidKeySpecException e) {
        // The key is of another kind.
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }
    throw unusable(file, "holds a key that is neither EC nor RSA nor Ed25519");
  }

  /** As a file has it. */
  static String of(String kind, byte[] bytes) {
    String lines =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(bytes);
    return "-----BEGIN " + kind + "-----\n" + lines + "\n-----END " + kind + "-----\n";
  }

  private static String text(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw unusable(file, "can't be read: " + e);
    }
  }

  static GyreException unusable(Path file, String why) {
    return new GyreException(
        ErrorKind.INVALID,
        "api.tls_unusable",
        file + " " + why,
        "set api.tls in gyre.yaml; see docs/audit-and-tls.md");
  }
}
