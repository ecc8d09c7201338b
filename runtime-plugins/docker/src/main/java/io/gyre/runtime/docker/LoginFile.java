package io.gyre.runtime.docker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimeFailure.Kind;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;

/** Logins as {@code ~/.docker/config.json} has them. */
final class LoginFile {
  private final String source;
  private final JsonNode root;

  private LoginFile(String source, JsonNode root) {
    this.source = source;
    this.root = root;
  }

  /**
   * @param source what it is, for messages
   */
  static LoginFile read(String source, String json) throws RuntimeFailure {
    JsonNode root;
    try {
      root = Engine.mapper().readTree(json);
    } catch (JsonProcessingException e) {
      // Not the parser's words: they may quote what it read.
      root = null;
    }
    if (root == null || !root.isObject() || !objectOrNone(root, "auths")) {
      throw broken(
          source, "it must be a JSON object as in ~/.docker/config.json, with a map \"auths\"");
    }
    return new LoginFile(source, root);
  }

  private static boolean objectOrNone(JsonNode root, String name) {
    JsonNode node = root.path(name);
    return node.isMissingNode() || node.isNull() || node.isObject();
  }

  private static RuntimeFailure broken(String source, String why) {
    return new RuntimeFailure(
        Kind.INVALID,
        "registry_login_invalid",
        source + " can't be used: " + why,
        "make it with docker login, or as `kubectl create secret docker-registry` does");
  }

  /** The entry for the image whose key fits the most; NONE where no entry fits. */
  Credentials find(ImageName image) throws RuntimeFailure {
    Credentials found = Credentials.NONE;
    int best = -1;
    for (Map.Entry<String, JsonNode> entry : root.path("auths").properties()) {
      int fit = fit(entry.getKey(), image);
      if (fit > best) {
        Credentials credentials = credentials(entry.getKey(), entry.getValue());
        if (!credentials.isNone()) {
          found = credentials;
          best = fit;
        }
      }
    }
    return found;
  }

  /**
   * How much of the image's name a key covers, -1: it is another's. {@code https://HOST/v1/} covers
   * the host, {@code HOST/team} only what is below.
   */
  static int fit(String key, ImageName image) {
    String rest = key;
    for (String scheme : new String[] {"https://", "http://"}) {
      if (rest.toLowerCase(Locale.ROOT).startsWith(scheme)) {
        rest = rest.substring(scheme.length());
      }
    }
    int slash = rest.indexOf('/');
    String host = slash < 0 ? rest : rest.substring(0, slash);
    if (!ImageName.canonical(host).equals(image.registry())) {
      return -1;
    }
    String path = slash < 0 ? "" : rest.substring(slash + 1);
    while (path.endsWith("/")) {
      path = path.substring(0, path.length() - 1);
    }
    if (path.isEmpty() || path.equals("v1") || path.equals("v2")) {
      return 0;
    }
    return image.path().equals(path) || image.path().startsWith(path + "/") ? path.length() : -1;
  }

  private Credentials credentials(String key, JsonNode entry) throws RuntimeFailure {
    String username = entry.path("username").asText("");
    String password = entry.path("password").asText("");
    String auth = entry.path("auth").asText("");
    if (!auth.isEmpty()) {
      String pair = decoded(key, auth);
      int colon = pair.indexOf(':');
      if (colon < 0) {
        throw broken(source, "\"auth\" of " + key + " is not the base64 of USER:PASSWORD");
      }
      username = pair.substring(0, colon);
      password = pair.substring(colon + 1);
    }
    Credentials credentials =
        new Credentials(
            username,
            password,
            entry.path("identitytoken").asText(""),
            entry.path("registrytoken").asText(""));
    boolean usable =
        !credentials.password().isEmpty()
            || !credentials.identityToken().isEmpty()
            || !credentials.registryToken().isEmpty();
    return usable ? credentials : Credentials.NONE;
  }

  private String decoded(String key, String auth) throws RuntimeFailure {
    try {
      // Docker itself ends some of them with a zero byte.
      return new String(Base64.getDecoder().decode(auth.strip()), StandardCharsets.UTF_8)
          .replace("\0", "");
    } catch (IllegalArgumentException e) {
      throw broken(source, "\"auth\" of " + key + " is not the base64 of USER:PASSWORD");
    }
  }

  /**
   * The helper that has the logins of that registry, by the name in {@code docker-credential-NAME};
   * empty: none.
   */
  String helper(ImageName image) {
    for (Map.Entry<String, JsonNode> entry : root.path("credHelpers").properties()) {
      if (fit(entry.getKey(), image) == 0) {
        return entry.getValue().asText("");
      }
    }
    return root.path("credsStore").asText("");
  }
}
