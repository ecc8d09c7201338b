package io.gyre.api.auth;

import io.gyre.component.FileText;
import io.gyre.component.Home;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.Ids;
import io.gyre.store.Store;
import io.gyre.store.TokenRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bearer tokens. Only their SHA-256 is kept, and looked up by index, so that the time a look-up
 * takes tells nothing of a token. What was found is believed for five seconds.
 */
public final class Tokens {
  private static final Logger log = LoggerFactory.getLogger(Tokens.class);
  private static final Pattern SHAPE = Pattern.compile("gyre_[a-z0-9]{40}");
  private static final Duration BELIEVED = Duration.ofSeconds(5);
  private static final int MAX_CACHED = 1000;

  private record Found(Optional<TokenRecord> token, Instant until) {}

  private final Store store;
  private final Clock clock;
  private final Map<String, Found> cache = new ConcurrentHashMap<>();

  public Tokens(Store store, Clock clock) {
    this.store = store;
    this.clock = clock;
  }

  /**
   * Makes the admin token where there is no token at all. The file is written before the hash is
   * stored: whoever is killed in between finds the file at the next start and takes it from there.
   * A token once stored is never made again, even if its file is gone.
   */
  public void ensureAdmin(Home home) {
    if (!store.read().tokens().isEmpty()) {
      return;
    }
    Path file = home.adminTokenFile();
    String token = existing(file).orElseGet(() -> written(file));
    store
        .desired()
        .transact(
            tx -> {
              if (tx.tokens().isEmpty()) {
                tx.putToken(
                    new TokenRecord(
                        Ids.random(12), "admin", sha256(token), "admin", clock.instant(), null));
              }
              return true;
            });
    log.info("the admin token is in {}", file);
  }

  private static Optional<String> existing(Path file) {
    try {
      if (Files.exists(file)) {
        String text = Files.readString(file).strip();
        if (SHAPE.matcher(text).matches()) {
          return Optional.of(text);
        }
        log.warn("{} holds no token; it is replaced", file);
      }
      return Optional.empty();
    } catch (IOException e) {
      throw new GyreException(
          ErrorKind.UNAVAILABLE,
          "auth.token_file_unreadable",
          "cannot read " + file + ": " + e,
          "check its owner, or remove it to get a new one");
    }
  }

  private static String written(Path file) {
    String token = "gyre_" + Ids.random(40);
    FileText.write(file, token + "\n", true);
    return token;
  }

  Optional<TokenRecord> find(String token) {
    Instant now = clock.instant();
    String hash = sha256(token);
    Found found = cache.get(hash);
    if (found == null || !now.isBefore(found.until())) {
      found = new Found(store.read().tokenByHash(hash), now.plus(BELIEVED));
      if (cache.size() >= MAX_CACHED) {
        cache.clear();
      }
      cache.put(hash, found);
    }
    return found
        .token()
        .filter(record -> record.expiresAt() == null || now.isBefore(record.expiresAt()));
  }

  private static String sha256(String token) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
