package io.gyre.api.tls;

import io.gyre.component.FileText;
import io.gyre.component.Home;
import io.gyre.model.DataFiles;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.Ids;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A certificate that nobody but its own key vouches for, made by the JDK's keytool: the JDK has no
 * other public way. It is made where there is none, or where it ends within a month; its password
 * goes to keytool by the environment.
 */
final class GeneratedCertificate {
  private static final Logger log = LoggerFactory.getLogger(GeneratedCertificate.class);
  private static final Duration RENEWED_BEFORE = Duration.ofDays(30);
  private static final int DAYS = 3650;
  private static final String ALIAS = "gyre";
  private static final long LIMIT_S = 60;

  private GeneratedCertificate() {}

  /** The key is written first: who is killed in between makes both anew. */
  static void ensure(Home home, Clock clock) {
    if (usable(home, clock)) {
      return;
    }
    Path directory = Objects.requireNonNull(home.tlsCertificate().getParent());
    Path store = directory.resolve(".making." + ProcessHandle.current().pid());
    try {
      DataFiles.makeDirectory(directory);
      Files.deleteIfExists(store);
      String password = Ids.random(32);
      keytool(store, password);
      KeyStore made = KeyStore.getInstance("PKCS12");
      try (InputStream in = Files.newInputStream(store)) {
        made.load(in, password.toCharArray());
      }
      Key key = made.getKey(ALIAS, password.toCharArray());
      FileText.write(home.tlsKey(), Pem.of("PRIVATE KEY", key.getEncoded()), true);
      FileText.write(
          home.tlsCertificate(),
          Pem.of("CERTIFICATE", made.getCertificate(ALIAS).getEncoded()),
          true);
      log.info("a certificate was made: {}", home.tlsCertificate());
    } catch (IOException | GeneralSecurityException e) {
      throw failed(e.toString());
    } finally {
      try {
        Files.deleteIfExists(store);
      } catch (IOException e) {
        log.warn("{} is left behind: {}", store, e.toString());
      }
    }
  }

  private static boolean usable(Home home, Clock clock) {
    if (!Files.exists(home.tlsCertificate()) || !Files.exists(home.tlsKey())) {
      return false;
    }
    return Pem.certificates(home.tlsCertificate())
        .getFirst()
        .getNotAfter()
        .toInstant()
        .isAfter(clock.instant().plus(RENEWED_BEFORE));
  }

  private static void keytool(Path store, String password) throws IOException {
    String host = InetAddress.getLocalHost().getHostName();
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
            "-genkeypair",
            "-alias",
            ALIAS,
            "-keyalg",
            "EC",
            "-groupname",
            "secp256r1",
            "-validity",
            Integer.toString(DAYS),
            "-dname",
            "CN=Gyre",
            "-ext",
            "san=" + names(host),
            "-storetype",
            "PKCS12",
            "-keystore",
            store.toString(),
            "-storepass:env",
            "GYRE_STORE_PASSWORD");
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().put("GYRE_STORE_PASSWORD", password);
    Process process = builder.start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (!process.waitFor(LIMIT_S, TimeUnit.SECONDS) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw failed("keytool said: " + said.strip());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed("interrupted");
    }
  }

  /** What clients may call this host. */
  private static String names(String host) throws IOException {
    List<String> names = new ArrayList<>(List.of("dns:localhost", "ip:127.0.0.1", "ip:::1"));
    if (host.matches("[A-Za-z0-9.-]+") && !host.equals("localhost")) {
      names.add("dns:" + host);
    }
    NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(each -> !each.isLoopbackAddress() && !each.isLinkLocalAddress())
        .map(each -> "ip:" + each.getHostAddress().replaceFirst("%.*", ""))
        .limit(20)
        .forEach(names::add);
    return String.join(",", names);
  }

  private static GyreException failed(String why) {
    return new GyreException(
        ErrorKind.UNAVAILABLE,
        "api.tls_not_generated",
        "no certificate could be made: " + why,
        "give one by api.tls.certificate and api.tls.key in gyre.yaml");
  }
}
