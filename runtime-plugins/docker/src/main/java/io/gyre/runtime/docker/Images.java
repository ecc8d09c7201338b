package io.gyre.runtime.docker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimeFailure.Kind;
import io.gyre.runtime.spi.Workload;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Sees to it that an image is there. */
final class Images {
  private final Engine engine;
  private final RegistryLogins logins;

  Images(Engine engine, RegistryLogins logins) {
    this.engine = engine;
    this.logins = logins;
  }

  /**
   * @param instance whose image it is
   */
  void ensure(String instance, Workload.Container workload) throws RuntimeFailure {
    String image = workload.image();
    switch (workload.pullPolicy()) {
      case ALWAYS -> pull(instance, image);
      case IF_NOT_PRESENT -> {
        if (!present(image)) {
          pull(instance, image);
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

  private void pull(String instance, String image) throws RuntimeFailure {
    String path = "/images/create?fromImage=" + encoded(image);
    if (!image.contains("@") && !hasTag(image)) {
      path += "&tag=latest";
    }
    RegistryLogins.Login login = logins.of(instance, ImageName.of(image));
    Map<String, String> headers = new HashMap<>();
    if (!login.credentials().isNone()) {
      byte[] shown = engine.json(login.credentials().fields(login.server()));
      headers.put("X-Registry-Auth", Base64.getUrlEncoder().encodeToString(shown));
    }
    try (EngineResponse response = engine.stream("POST", path, headers, null);
        MappingIterator<JsonNode> progress = engine.reader().readValues(response.getBody())) {
      while (progress.hasNextValue()) {
        JsonNode error = progress.nextValue().path("error");
        if (error.isTextual()) {
          throw PullErrors.of(image, login, error.textValue());
        }
      }
    } catch (RuntimeFailure e) {
      switch (e.kind()) {
        case UNAVAILABLE, TIMEOUT, EXHAUSTED -> throw e;
        case INVALID -> throw badName(image, e);
        // Without the cause: it has the engine's words as they are.
        default ->
            throw e.code().startsWith("image_")
                ? e
                : PullErrors.of(image, login, String.valueOf(e.getMessage()));
      }
    } catch (IOException | RuntimeException e) {
      throw engine.failure(e);
    }
  }

  static boolean hasTag(String image) {
    return image.lastIndexOf(':') > image.lastIndexOf('/');
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
