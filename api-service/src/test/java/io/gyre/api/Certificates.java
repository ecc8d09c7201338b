package io.gyre.api;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x509.TBSCertificate;
import org.bouncycastle.asn1.x509.Time;
import org.bouncycastle.asn1.x509.V3TBSCertificateGenerator;
import org.jspecify.annotations.Nullable;

/** An authority, and what it signs; made in this process, for keytool takes a second each. */
final class Certificates {
  private static final AlgorithmIdentifier SIGNED_BY =
      new AlgorithmIdentifier(new ASN1ObjectIdentifier("1.2.840.10045.4.3.2"));
  private static final char[] NO_PASSWORD = {};

  /** A key, and the certificate of it. */
  record Signed(PrivateKey key, X509Certificate certificate) {
    void write(Path certificateFile, Path keyFile) throws Exception {
      Files.writeString(keyFile, pem("PRIVATE KEY", key.getEncoded()));
      Files.writeString(certificateFile, pem("CERTIFICATE", certificate.getEncoded()));
    }
  }

  private final String name;
  private final Signed own;

  Certificates(String name) throws Exception {
    this.name = name;
    KeyPair pair = pair();
    own = sign(pair, "CN=" + name, pair.getPrivate(), true, Duration.ofDays(1), List.of());
  }

  X509Certificate authority() {
    return own.certificate();
  }

  Path write(Path file) throws Exception {
    return Files.writeString(file, pem("CERTIFICATE", own.certificate().getEncoded()));
  }

  /** For localhost, or for a client. */
  Signed issue(String subject) throws Exception {
    return issue(subject, Duration.ofDays(1));
  }

  /**
   * @param left negative: it has ended
   */
  Signed issue(String subject, Duration left) throws Exception {
    return sign(pair(), subject, own.key(), false, left, List.of("localhost"));
  }

  /** With other names than the usual one. */
  Signed issue(String subject, List<String> uris) throws Exception {
    return sign(pair(), subject, own.key(), false, Duration.ofDays(1), uris);
  }

  private static KeyPair pair() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    return generator.generateKeyPair();
  }

  private Signed sign(
      KeyPair pair,
      String subject,
      PrivateKey by,
      boolean authority,
      Duration left,
      List<String> names)
      throws Exception {
    V3TBSCertificateGenerator told = new V3TBSCertificateGenerator();
    told.setSerialNumber(new ASN1Integer(new BigInteger(64, new SecureRandom())));
    told.setIssuer(new X500Name("CN=" + name));
    told.setSubject(new X500Name(subject));
    told.setStartDate(new Time(Date.from(Instant.now().minus(Duration.ofDays(2)))));
    told.setEndDate(new Time(Date.from(Instant.now().plus(left))));
    told.setSubjectPublicKeyInfo(SubjectPublicKeyInfo.getInstance(pair.getPublic().getEncoded()));
    told.setSignature(SIGNED_BY);
    ExtensionsGenerator extensions = new ExtensionsGenerator();
    if (authority) {
      extensions.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
    } else {
      extensions.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(
              names.stream()
                  .map(each -> new GeneralName(kind(each), each))
                  .toArray(GeneralName[]::new)));
    }
    told.setExtensions(extensions.generate());
    TBSCertificate content = told.generateTBSCertificate();
    Signature signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(by);
    signature.update(content.getEncoded(ASN1Encoding.DER));
    ASN1EncodableVector parts = new ASN1EncodableVector();
    parts.add(content);
    parts.add(SIGNED_BY);
    parts.add(new DERBitString(signature.sign()));
    byte[] bytes = new DERSequence(parts).getEncoded(ASN1Encoding.DER);
    return new Signed(
        pair.getPrivate(),
        (X509Certificate)
            CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(bytes)));
  }

  private static int kind(String name) {
    return name.contains(":") ? GeneralName.uniformResourceIdentifier : GeneralName.dNSName;
  }

  /** How a client connects that trusts the one and, where it has one, shows the other. */
  static SSLContext client(Certificate trusted, @Nullable Signed shown) throws Exception {
    KeyStore trust = KeyStore.getInstance("PKCS12");
    trust.load(null, null);
    trust.setCertificateEntry("trusted", trusted);
    TrustManagerFactory trusts =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trusts.init(trust);
    KeyManager[] keys = {};
    if (shown != null) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry("own", shown.key(), NO_PASSWORD, new Certificate[] {shown.certificate()});
      KeyManagerFactory managers =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      managers.init(store, NO_PASSWORD);
      keys = managers.getKeyManagers();
    }
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys, trusts.getTrustManagers(), null);
    return context;
  }

  private static String pem(String kind, byte[] bytes) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(kind, Base64.getMimeEncoder().encodeToString(bytes), kind);
  }
}
