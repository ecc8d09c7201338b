package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Reads the API's {@code application/problem+json}. */
final class Problem {
  private Problem() {}

  static CliFailure failure(int status, JsonNode problem) {
    List<String> violations = new ArrayList<>();
    List<String> codes = new ArrayList<>();
    codes.add(Json.text(problem, "code"));
    for (JsonNode violation : problem.path("violations")) {
      codes.add(Json.text(violation, "code"));
      violations.add(line(violation));
    }
    String detail = Json.text(problem, "detail");
    String message = detail.isEmpty() ? Json.text(problem, "title") : detail;
    if (!violations.isEmpty()) {
      int count = violations.size();
      message =
          count == 1 ? "1 problem; nothing was changed" : count + " problems; nothing was changed";
    }
    if (status == 500) {
      message += " (" + Json.text(problem, "correlation") + ")";
    }
    String hint = Json.text(problem, "hint");
    return new CliFailure(
        Exit.ofStatus(status),
        message.isEmpty() ? "HTTP " + status : message,
        hint.isEmpty() ? null : hint,
        violations,
        codes,
        null);
  }

  /** {@code file:line:column: path: message}, with what is known of it. */
  private static String line(JsonNode violation) {
    StringBuilder text = new StringBuilder();
    String file = Json.text(violation, "file");
    if (!file.isEmpty()) {
      text.append(file);
      if (Json.number(violation, "line") > 0) {
        text.append(':').append(Json.number(violation, "line"));
        text.append(':').append(Json.number(violation, "column"));
      }
      text.append(": ");
    }
    String path = Json.text(violation, "path");
    if (!path.isEmpty()) {
      text.append(path).append(": ");
    }
    return text.append(Json.text(violation, "message")).toString();
  }
}
