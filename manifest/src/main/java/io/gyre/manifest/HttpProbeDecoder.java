package io.gyre.manifest;

import io.gyre.model.HealthCheck.Probe;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The fields that only an HTTP check has. */
final class HttpProbeDecoder {
  private static final Map<String, String> METHODS = new LinkedHashMap<>();
  private static final Pattern NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}");
  private static final Pattern STATUS =
      Pattern.compile("[1-5][0-9]{2}(-[1-5][0-9]{2})?(,[1-5][0-9]{2}(-[1-5][0-9]{2})?){0,19}");
  private static final int LONGEST_HEADER = 4096;

  static {
    for (String method : List.of("GET", "HEAD", "POST", "PUT", "OPTIONS")) {
      METHODS.put(method, method);
    }
  }

  private HttpProbeDecoder() {}

  static void refuse(Fields fields) {
    for (String key : List.of("method", "headers", "expected_status")) {
      Value value = fields.get(key);
      if (value != null) {
        value.problem("conflict", "does not belong to a check of another type than http");
      }
    }
  }

  static Probe.@Nullable Http decode(String url, Fields fields) {
    Value methodValue = fields.get("method");
    String method = methodValue == null ? "GET" : methodValue.oneOf(METHODS);
    String status = status(fields.get("expected_status"));
    Map<String, String> headers = headers(fields.get("headers"));
    return method == null || status == null || headers == null
        ? null
        : new Probe.Http(url, method, headers, status);
  }

  private static @Nullable String status(@Nullable Value value) {
    if (value == null) {
      return Probe.Http.SUCCESS;
    }
    String expected = "status codes such as 204, 200-399 or 200-299,401";
    String text = value.textOrNumber(expected);
    if (text == null || STATUS.matcher(text).matches()) {
      return text;
    }
    value.problem("invalid", "expected " + expected + ", found " + Excerpt.quoted(text));
    return null;
  }

  private static @Nullable Map<String, String> headers(@Nullable Value value) {
    Map<String, String> headers = new LinkedHashMap<>();
    List<Value.Entry> entries =
        value == null ? List.of() : value.entries("a map, as in {Host: example.org}");
    if (entries == null) {
      return null;
    }
    boolean good = true;
    for (Value.Entry entry : entries) {
      Value item =
          value == null
              ? entry.value()
              : value.child(entry.name(), entry.value()).coded(value.code());
      String text = item.scalar("a text");
      if (!NAME.matcher(entry.name()).matches()) {
        entry.key().problem("name.invalid", Excerpt.quoted(entry.name()) + " is no header's name");
        good = false;
      } else if (text == null) {
        good = false;
      } else if (text.length() > LONGEST_HEADER || text.chars().anyMatch(c -> c < ' ')) {
        item.problem("value.invalid", "a header is one line of at most 4096 characters");
        good = false;
      } else {
        headers.put(entry.name(), text);
      }
    }
    return good ? headers : null;
  }
}
