package io.gyre.api.auth;

import io.gyre.component.FileText;
import io.gyre.component.Home;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.Ids;
import io.gyre.store.IdentityState;
import io.gyre.store.IdentityTx;
import io.gyre.store.Store;
import io.gyre.store.TokenRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The first token, with which everything begins. */
public final class FirstToken {
  private static final Logger log = LoggerFactory.getLogger(FirstToken.class);

  private FirstToken() {}

  /**
   * Makes the admin token where there is neither a token nor a user. The file is written before the
   * hash is stored: whoever is killed in between finds the file at the next start and takes it from
   * there. A token once stored is never made again, even if its file is gone.
   */
  public static void ensure(Store store, Clock clock, Home home) {
    if (store.identities(FirstToken::begun)) {
      return;
    }
    Path file = home.adminTokenFile();
    String token = existing(file).orElseGet(() -> written(file));
    store
        .desired()
        .run(
            tx -> {
              IdentityTx identities = tx.identities();
              if (!begun(identities)) {
                identities.putToken(
                    new TokenRecord(
                        Ids.random(12),
                        "admin",
                        Secret.sha256(token),
                        Roles.ADMIN,
                        clock.instant(),
                        null));
              }
            });
    log.info("the admin token is in {}", file);
  }

  /**
   * Keeps the file true where it holds a token that has another secret now, or with null none any
   * more. Others are left alone.
   */
  public static void replaced(Home home, String sha256before, @Nullable String secret) {
    Path file = home.adminTokenFile();
    try {
      if (!Files.exists(file)
          || !Secret.sha256(Files.readString(file).strip()).equals(sha256before)) {
        return;
      }
      if (secret == null) {
        Files.delete(file);
      } else {
        FileText.write(file, secret + "\n", true);
      }
    } catch (IOException | GyreException e) {
      log.warn("{} holds a token that doesn't count any more: {}", file, e.toString());
    }
  }

  private static boolean begun(IdentityState state) {
    return !state.tokens().isEmpty() || !state.users().isEmpty();
  }

  private static Optional<String> existing(Path file) {
    try {
      if (Files.exists(file)) {
        String text = Files.readString(file).strip();
        if (Secret.isToken(text)) {
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
    String token = Secret.newToken();
    FileText.write(file, token + "\n", true);
    return token;
  }
}
