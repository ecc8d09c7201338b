package io.gyre.runtime.docker;

import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimeFailure.Kind;
import java.util.List;
import java.util.Locale;

/** Tells from the engine's words why an image could not be pulled. */
final class PullErrors {
  private static final List<String> MISSING = List.of("manifest unknown", "manifest for ");

  /** Registries don't tell who may not see a repository whether there is one. */
  private static final List<String> REFUSED =
      List.of(
          "unauthorized",
          "no basic auth credentials",
          "authentication required",
          "access denied",
          "access forbidden",
          "access to the resource is denied",
          "incorrect username or password",
          "invalid_grant",
          "denied: ",
          "401 ",
          "403 ");

  private static final List<String> AWAY =
      List.of(
          "dial tcp",
          "no such host",
          "i/o timeout",
          "tls handshake timeout",
          "connection refused",
          "connection reset",
          "no route to host",
          "network is unreachable",
          "context deadline exceeded",
          "awaiting headers",
          "waiting for connection",
          "unexpected eof",
          "http status: 5",
          "proxyconnect");

  private PullErrors() {}

  static RuntimeFailure of(String image, RegistryLogins.Login login, String engineWords) {
    String why = login.credentials().withoutSecrets(engineWords);
    String text = why.toLowerCase(Locale.ROOT);
    String registry = ImageName.of(image).registry();
    if (has(text, MISSING) || (text.contains("does not exist") && !has(text, REFUSED))) {
      return Images.notFound(image, why, null);
    }
    if (has(text, AWAY)) {
      return new RuntimeFailure(
          Kind.NOT_FOUND,
          "image_pull_unreachable",
          "image " + image + " can't be pulled, as its registry doesn't answer: " + why,
          "check the name of the registry, the network, and whether " + registry + " is up");
    }
    if (has(text, REFUSED)) {
      return new RuntimeFailure(
          Kind.NOT_FOUND,
          "image_pull_unauthorized",
          "the registry " + registry + " refuses image " + image + " " + login.who() + ": " + why,
          "check the name of the image, and the login that the manifest gives in config");
    }
    return new RuntimeFailure(
        Kind.NOT_FOUND,
        "image_pull_failed",
        "image " + image + " can't be pulled: " + why,
        "try it by hand: docker pull "
            + image
            + "; or load it and set the pull policy to IfNotPresent");
  }

  private static boolean has(String text, List<String> words) {
    return words.stream().anyMatch(text::contains);
  }
}
