package io.gyre.runtime.docker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.dockerjava.api.exception.DockerException;
import io.gyre.runtime.docker.EngineConnection.EngineTimeout;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimeFailure.Kind;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Turns what a call to the engine threw into a failure for the user. */
final class EngineErrors {
  private static final ObjectMapper JSON = Engine.mapper();

  private EngineErrors() {}

  static RuntimeFailure of(Throwable thrown, EngineAddress address, boolean closed) {
    if (closed) {
      return new RuntimeFailure(
          Kind.UNAVAILABLE, "runtime_closed", "the docker runtime is closed", null, thrown);
    }
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      if (t instanceof RuntimeFailure failure) {
        return failure;
      }
      if (t instanceof EngineTimeout) {
        return new RuntimeFailure(
            Kind.TIMEOUT,
            "engine_timeout",
            "the Docker engine at " + address.text() + " does not answer in time",
            "look at its log: journalctl -u docker",
            thrown);
      }
      if (t instanceof DockerException refusal) {
        return refused(refusal.getHttpStatus(), reason(refusal.getMessage()), thrown);
      }
      if (t instanceof JsonProcessingException) {
        break;
      }
      if (t instanceof IOException e) {
        return unavailable(e, address, thrown);
      }
    }
    return new RuntimeFailure(
        Kind.ENGINE,
        "engine_error",
        "the Docker engine at " + address.text() + " gave an answer that makes no sense: " + thrown,
        null,
        thrown);
  }

  private static RuntimeFailure unavailable(
      IOException e, EngineAddress address, Throwable thrown) {
    String message = String.valueOf(e.getMessage());
    String why =
        e instanceof NoSuchFileException || message.contains("No such file")
            ? "no socket is there"
            : message;
    String hint =
        message.contains("Permission denied")
            ? "let this user use it: usermod -aG docker USER, then start Gyre again"
            : "start it: systemctl start docker";
    return new RuntimeFailure(
        Kind.UNAVAILABLE,
        "engine_unavailable",
        "the Docker engine at " + address.text() + " can't be reached: " + why,
        hint,
        thrown);
  }

  /** Maps an answer other than 2xx. */
  static RuntimeFailure refused(int status, String reason, @Nullable Throwable cause) {
    String text = reason.toLowerCase(Locale.ROOT);
    if (text.contains("no space left on device")) {
      return new RuntimeFailure(
          Kind.EXHAUSTED, "disk_full", reason, "free some: docker system df", cause);
    }
    if (text.contains("non-overlapping ipv4 address pool")) {
      return new RuntimeFailure(
          Kind.EXHAUSTED,
          "network_pool_exhausted",
          "the engine has no subnet left for another network",
          "remove unused ones: docker network prune, or widen default-address-pools",
          cause);
    }
    return switch (status) {
      case 400 -> new RuntimeFailure(Kind.INVALID, "engine_refused", reason, null, cause);
      case 404 -> new RuntimeFailure(Kind.NOT_FOUND, "not_found", reason, null, cause);
      case 409 -> new RuntimeFailure(Kind.CONFLICT, "conflict", reason, null, cause);
      default -> new RuntimeFailure(Kind.ENGINE, "engine_error", reason, null, cause);
    };
  }

  /** Tells why a main process could not be started, from what the engine said. */
  static RuntimeFailure startFailed(RuntimeFailure general, String instance) {
    if (general.kind() == Kind.UNAVAILABLE || general.kind() == Kind.TIMEOUT) {
      return general;
    }
    String reason = String.valueOf(general.getMessage());
    String text = reason.toLowerCase(Locale.ROOT);
    Kind kind;
    String code;
    String hint = null;
    if (text.contains("port is already allocated")
        || text.contains("address already in use")
        || text.contains("ports are not available")) {
      kind = Kind.CONFLICT;
      code = "port_in_use";
      hint = "find who has it: ss -ltnup; or publish another port";
    } else if (text.contains("bind source path does not exist")) {
      kind = Kind.INVALID;
      code = "bind_source_missing";
      hint = "make the directory or file, or correct the source";
    } else if (text.contains("unable to find user") || text.contains("unable to find group")) {
      kind = Kind.INVALID;
      code = "user_not_found";
      hint = "use a user of the image, or a numeric id";
    } else if (text.contains("executable file not found")
        || text.contains("no such file or directory")
        || text.contains("exec format error")
        || text.contains("permission denied")) {
      kind = Kind.INVALID;
      code = "program_not_found";
      hint = "check the command, and that the image has the program and may run it";
    } else if (text.contains("no command specified")) {
      kind = Kind.INVALID;
      code = "program_not_found";
      hint = "the image names no command: give one";
    } else {
      kind = general.kind() == Kind.NOT_FOUND ? Kind.ENGINE : general.kind();
      code = general.code().equals("engine_error") ? "start_failed" : general.code();
      hint = general.hint();
    }
    return new RuntimeFailure(
        kind, code, "instance " + instance + " can't be started: " + reason, hint, general);
  }

  /** The engine's own words: {@code Status 404: {"message":"..."}} or a plain body. */
  static String reason(@Nullable String message) {
    if (message == null) {
      return "no reason given";
    }
    int brace = message.indexOf('{');
    if (brace >= 0) {
      try {
        JsonNode said = JSON.readTree(message.substring(brace)).path("message");
        if (said.isTextual()) {
          return said.textValue().strip();
        }
      } catch (JsonProcessingException e) {
        // not JSON: shown as it is
      }
    }
    return message.strip();
  }
}
