package io.gyre.runtime.docker;

import com.fasterxml.jackson.databind.JsonNode;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimeFailure.Kind;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;

/** Asks {@code docker-credential-NAME} for a login, as the docker command does. */
final class CredentialHelper {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");
  private static final int LONGEST_ANSWER = 64 * 1024;
  private static final int SHOWN = 200;
  private static final String PROGRAM = "docker-credential-";

  private final String program;
  private final ScheduledExecutorService executor;
  private final Duration patience;

  /** Those of the path, each of which has ten seconds. */
  CredentialHelper(ScheduledExecutorService executor) {
    this(PROGRAM, executor, Duration.ofSeconds(10));
  }

  /**
   * @param program what goes before their names
   */
  CredentialHelper(String program, ScheduledExecutorService executor, Duration patience) {
    this.program = program;
    this.executor = executor;
    this.patience = patience;
  }

  /** NONE where the helper has no login of that registry. */
  Credentials ask(String helper, String registry) throws RuntimeFailure {
    if (!NAME.matcher(helper).matches()) {
      throw failure(helper, "its name is not valid");
    }
    AtomicBoolean late = new AtomicBoolean();
    try {
      Process process =
          new ProcessBuilder(program + helper, "get").redirectError(Redirect.DISCARD).start();
      Future<?> guard =
          executor.schedule(
              () -> {
                late.set(true);
                kill(process);
              },
              patience.toMillis(),
              TimeUnit.MILLISECONDS);
      try {
        Credentials answer = answer(helper, process, registry);
        if (late.get()) {
          // Its end is this one's doing, whatever status it found time to end with.
          throw new IOException("late");
        }
        return answer;
      } finally {
        guard.cancel(false);
        kill(process);
      }
    } catch (IOException e) {
      throw failure(
          helper,
          late.get() ? "no answer within " + patience.toSeconds() + " s" : String.valueOf(e));
    }
  }

  private static Credentials answer(String helper, Process process, String registry)
      throws IOException, RuntimeFailure {
    try (OutputStream stdin = process.getOutputStream()) {
      stdin.write((registry + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // It ended without reading: its exit status says why.
    }
    byte[] answer = process.getInputStream().readNBytes(LONGEST_ANSWER);
    String text = new String(answer, StandardCharsets.UTF_8).strip();
    int code;
    try {
      code = process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    if (code == 0) {
      return credentials(helper, text);
    }
    if (text.contains("credentials not found")) {
      return Credentials.NONE;
    }
    if (text.isEmpty()) {
      throw new IOException("it ended with status " + code);
    }
    throw failure(helper, text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text);
  }

  private static Credentials credentials(String helper, String text)
      throws IOException, RuntimeFailure {
    JsonNode read;
    try {
      read = Engine.mapper().readTree(text);
    } catch (IOException e) {
      // Not the parser's words: they may quote what it read.
      throw failure(helper, "its answer is no JSON");
    }
    String username = read.path("Username").asText("");
    String secret = read.path("Secret").asText("");
    if (secret.isEmpty()) {
      return Credentials.NONE;
    }
    return username.equals("<token>")
        ? new Credentials("", "", secret, "")
        : Credentials.login(username, secret);
  }

  private static void kill(Process process) {
    List<ProcessHandle> started = process.descendants().toList();
    process.destroyForcibly();
    started.forEach(ProcessHandle::destroyForcibly);
  }

  private static RuntimeFailure failure(String helper, String why) {
    return new RuntimeFailure(
        Kind.ENGINE,
        "credential_helper_failed",
        "the credential helper " + PROGRAM + helper + " failed: " + why,
        "run it by hand as the user of Gyre's runtime: " + PROGRAM + helper + " list");
  }
}
