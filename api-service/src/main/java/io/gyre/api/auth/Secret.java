package io.gyre.api.auth;

import io.gyre.model.Ids;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** What tokens and sessions are known by: random, so that a plain hash of it tells nothing. */
public final class Secret {
  private static final Pattern TOKEN = Pattern.compile("gyre_[a-z0-9]{40}");
  private static final String SESSION = "gyres_";

  private Secret() {}

  /** About 198 bits. */
  public static String newToken() {
    return "gyre_" + Ids.random(40);
  }

  public static String newSession() {
    return SESSION + Ids.random(40);
  }

  static boolean isToken(String text) {
    return TOKEN.matcher(text).matches();
  }

  static boolean isSession(String text) {
    return text.startsWith(SESSION);
  }

  /** Lower-case hex. */
  public static String sha256(String secret) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
