package io.gyre.runtime.docker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.github.dockerjava.api.model.AuthConfig;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimeFailure.Kind;
import io.gyre.runtime.spi.Workload;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Sees to it that an image is there. */
final class Images {
  private final Engine engine;

  Images(Engine engine) {
    this.engine = engine;
  }

  void ensure(Workload.Container workload) throws RuntimeFailure {
    String image = workload.image();
    switch (workload.pullPolicy()) {
      case ALWAYS -> pull(image);
      case IF_NOT_PRESENT -> {
        if (!present(image)) {
          pull(image);
        }
      }
      case NEVER -> {
        if (!present(image)) {
          throw notFound(image, "it is not on this host and its pull policy is never", null);
        }
      }
    }
  }

  private boolean present(String image) throws RuntimeFailure {
    try {
      engine.ask(docker -> docker.inspectImageCmd(image).exec());
      return true;
    } catch (RuntimeFailure e) {
      if (e.kind() == Kind.NOT_FOUND) {
        return false;
      }
      if (e.kind() == Kind.INVALID) {
        throw badName(image, e);
      }
      throw e;
    }
  }

  private void pull(String image) throws RuntimeFailure {
    String path = "/images/create?fromImage=" + encoded(image);
    if (!image.contains("@") && !hasTag(image)) {
      path += "&tag=latest";
    }
    Map<String, String> headers = new HashMap<>();
    try {
      AuthConfig login = engine.config().effectiveAuthConfig(image);
      if (login != null) {
        headers.put("X-Registry-Auth", Base64.getUrlEncoder().encodeToString(engine.json(login)));
      }
    } catch (RuntimeException e) {
      throw pullFailed(image, "the registry logins can't be read: " + e.getMessage(), e);
    }
    try (EngineResponse response = engine.stream("POST", path, headers, null);
        MappingIterator<JsonNode> progress = engine.reader().readValues(response.getBody())) {
      while (progress.hasNextValue()) {
        JsonNode error = progress.nextValue().path("error");
        if (error.isTextual()) {
          throw pullFailed(image, error.textValue(), null);
        }
      }
    } catch (RuntimeFailure e) {
      switch (e.kind()) {
        case UNAVAILABLE, TIMEOUT, EXHAUSTED -> throw e;
        case INVALID -> throw badName(image, e);
        default -> throw e.code().startsWith("image_") ? e : pullFailed(image, e.getMessage(), e);
      }
    } catch (IOException | RuntimeException e) {
      throw engine.failure(e);
    }
  }

  static boolean hasTag(String image) {
    return image.lastIndexOf(':') > image.lastIndexOf('/');
  }

  private static RuntimeFailure pullFailed(
      String image, @Nullable String reason, @Nullable Throwable cause) {
    String why = String.valueOf(reason);
    String text = why.toLowerCase(Locale.ROOT);
    if (text.contains("manifest unknown")
        || text.contains("manifest for ")
        || text.contains("does not exist")) {
      return notFound(image, why, cause);
    }
    return new RuntimeFailure(
        Kind.NOT_FOUND,
        "image_pull_failed",
        "image " + image + " can't be pulled: " + why,
        "try it by hand: docker pull "
            + image
            + "; or load it and set the pull policy to IfNotPresent",
        cause);
  }

  static RuntimeFailure notFound(String image, String reason, @Nullable Throwable cause) {
    return new RuntimeFailure(
        Kind.NOT_FOUND,
        "image_not_found",
        "image " + image + " is missing: " + reason,
        "check the name, or bring it here: docker pull " + image,
        cause);
  }

  private static RuntimeFailure badName(String image, RuntimeFailure cause) {
    return new RuntimeFailure(
        Kind.INVALID,
        "image_invalid",
        "\"" + image + "\" is no image name: " + cause.getMessage(),
        "write it as [REGISTRY/]NAME[:TAG], in lower case",
        cause);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
