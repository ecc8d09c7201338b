package io.gyre.api.http;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import io.gyre.api.problem.StatusException;
import io.gyre.model.GyreException;
import io.gyre.model.Violation;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.ext.MessageBodyReader;
import java.io.IOException;
import java.io.InputStream;
import java.lang.annotation.Annotation;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Bodies of requests: records from JSON, and plain text; both bounded and valid UTF-8. */
final class BodyReader implements MessageBodyReader<Object> {
  /** Where Jackson repeats the position, or classes. */
  private static final Pattern SOURCE =
      Pattern.compile("(?s) ?\\(start marker at .*| ?\\[Source.*| at \\[Source.*");

  private final ObjectMapper mapper;
  private final BodyLimits limits;

  BodyReader(ObjectMapper mapper, BodyLimits limits) {
    this.mapper = mapper;
    this.limits = limits;
  }

  @Override
  public boolean isReadable(
      Class<?> type, Type genericType, Annotation[] annotations, MediaType mediaType) {
    return type.isRecord();
  }

  @Override
  public Object readFrom(
      Class<Object> type,
      Type genericType,
      Annotation[] annotations,
      MediaType mediaType,
      MultivaluedMap<String, String> headers,
      InputStream in)
      throws IOException {
    byte[] bytes = whole(in, headers.getFirst(HttpHeaders.CONTENT_LENGTH));
    if (bytes.length == 0) {
      throw violation("http.body_missing", "", "the request has no body", null);
    }
    requireUtf8(bytes);
    if (type == (Class<?>) TextBody.class) {
      return new TextBody(new String(bytes, StandardCharsets.UTF_8));
    }
    try {
      Object value = mapper.readValue(bytes, type);
      if (value == null) {
        throw violation("http.body_missing", "", "the body is null; send a JSON object", null);
      }
      return value;
    } catch (JsonMappingException e) {
      throw ofMapping(e);
    } catch (JsonProcessingException e) {
      throw violation("http.body_malformed", "", "not JSON: " + plain(e), e.getLocation());
    }
  }

  private byte[] whole(InputStream in, @Nullable String length) {
    try {
      // The server has seen to it that this is a number.
      return limits.read(in, length == null ? -1 : Long.parseLong(length.strip()));
    } catch (IOException e) {
      throw new StatusException(
          400, "http.body_incomplete", "the body broke off or came too slowly", "send it again");
    }
  }

  private static String plain(JsonProcessingException e) {
    return SOURCE.matcher(e.getOriginalMessage()).replaceAll("");
  }

  /** Through a small buffer: large bodies are most of what this process ever holds. */
  private static void requireUtf8(byte[] bytes) {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(8192);
    CoderResult result;
    do {
      out.clear();
      result = decoder.decode(in, out, true);
    } while (result.isOverflow());
    if (result.isError()) {
      throw violation(
          "http.body_not_utf8",
          "",
          "byte " + (in.position() + 1) + " of the body is not valid UTF-8",
          null);
    }
  }

  private static GyreException ofMapping(JsonMappingException e) {
    for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof GyreException refused) {
        return refused;
      }
    }
    String path = path(e);
    if (e.getCause() instanceof InputCoercionException) {
      return violation("http.body_wrong_type", path, "the number is too large", e.getLocation());
    }
    return switch (e) {
      case UnrecognizedPropertyException unknown ->
          violation(
              "http.body_unknown_field",
              path,
              "unknown field \""
                  + unknown.getPropertyName()
                  + "\"; known: "
                  + unknown.getKnownPropertyIds().stream()
                      .map(String::valueOf)
                      .sorted()
                      .collect(Collectors.joining(", ")),
              e.getLocation());
      case MismatchedInputException mismatch
          when mismatch.getTargetType() != null && !plain(e).startsWith("Trailing") ->
          violation(
              "http.body_wrong_type",
              path,
              "must be " + words(mismatch.getTargetType()),
              e.getLocation());
      default ->
          violation(
              "http.body_malformed",
              path,
              e.getCause() instanceof JsonProcessingException cause
                  ? "not JSON: " + plain(cause)
                  : "something is where nothing was expected",
              e.getLocation());
    };
  }

  private static String words(Class<?> type) {
    if (type == String.class) {
      return "a string";
    }
    if (type == Integer.class || type == Long.class || type == int.class || type == long.class) {
      return "a whole number";
    }
    if (type == Boolean.class || type == boolean.class) {
      return "true or false";
    }
    return Iterable.class.isAssignableFrom(type) ? "a list" : "an object";
  }

  private static String path(JsonMappingException e) {
    StringBuilder path = new StringBuilder();
    for (JsonMappingException.Reference step : e.getPath()) {
      if (step.getFieldName() == null) {
        path.append('[').append(step.getIndex()).append(']');
      } else {
        path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
      }
    }
    return path.toString();
  }

  private static GyreException violation(
      String code, String path, String message, @Nullable JsonLocation at) {
    return GyreException.invalid(
        code,
        List.of(
            new Violation(
                code,
                path,
                message,
                null,
                at == null ? 0 : Math.max(at.getLineNr(), 0),
                at == null ? 0 : Math.max(at.getColumnNr(), 0))));
  }
}
