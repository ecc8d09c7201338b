package io.gyre.runtime.docker;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the engine shows to a registry; texts that aren't used are empty. Never in a message but by
 * {@link #withoutSecrets}.
 */
record Credentials(String username, String password, String identityToken, String registryToken) {
  static final Credentials NONE = new Credentials("", "", "", "");

  static Credentials login(String username, String password) {
    return new Credentials(username, password, "", "");
  }

  boolean isNone() {
    return equals(NONE);
  }

  /** The header of the engine's API. */
  Map<String, String> fields(String server) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("serveraddress", server);
    if (!registryToken.isEmpty()) {
      fields.put("registrytoken", registryToken);
    } else if (!identityToken.isEmpty()) {
      fields.put("identitytoken", identityToken);
    } else {
      fields.put("username", username);
      fields.put("password", password);
    }
    return fields;
  }

  /** A text of the engine's, which may have the headers of a request in it. */
  String withoutSecrets(String text) {
    List<String> secrets = new ArrayList<>();
    if (!password.isEmpty()) {
      secrets.add(base64(username + ":" + password));
      secrets.add(password);
    }
    secrets.add(identityToken);
    secrets.add(registryToken);
    String shown = text;
    for (String secret : secrets) {
      if (!secret.isEmpty()) {
        shown = shown.replace(secret, "***");
      }
    }
    return shown;
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public String toString() {
    return "Credentials[username=" + username + "]";
  }
}
