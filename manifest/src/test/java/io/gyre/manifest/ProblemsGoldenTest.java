package io.gyre.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.model.Violation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every message that a manifest can get, as the user sees it: {@code problems.txt} has the cases,
 * each a title, a manifest and the messages with their codes. A run leaves what it saw in {@code
 * target/problems.actual.txt}.
 */
final class ProblemsGoldenTest {
  private static final String CASE = "=== ";
  private static final String ANSWER = "--->";

  private record Case(String title, String manifest, String expected) {}

  @TestFactory
  Stream<DynamicTest> messages() {
    return cases().stream()
        .map(
            one ->
                DynamicTest.dynamicTest(
                    one.title(),
                    () -> assertThat(actual(one)).as(one.manifest()).isEqualTo(one.expected())));
  }

  @Test
  void leavesWhatItSaw() throws IOException {
    StringBuilder out = new StringBuilder();
    for (Case one : cases()) {
      out.append(CASE).append(one.title()).append('\n');
      out.append(one.manifest()).append(ANSWER).append('\n').append(actual(one)).append('\n');
    }
    Path file = Path.of("target", "problems.actual.txt");
    Files.writeString(file, out);
    assertThat(file).exists();
  }

  private static String actual(Case one) {
    StringBuilder out = new StringBuilder();
    for (Violation violation : Fixtures.violations(one.manifest())) {
      out.append(violation.text()).append("  [").append(violation.code()).append("]\n");
    }
    return out.toString();
  }

  private static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (String part : Fixtures.resource("problems.txt").split("(?m)^" + CASE)) {
      if (part.isBlank() || part.startsWith("#")) {
        continue;
      }
      int title = part.indexOf('\n');
      int answer = part.indexOf(ANSWER + "\n");
      cases.add(
          new Case(
              part.substring(0, title),
              part.substring(title + 1, answer),
              part.substring(answer + ANSWER.length() + 1).stripTrailing()
                  + (part.substring(answer + ANSWER.length() + 1).isBlank() ? "" : "\n")));
    }
    return cases;
  }
}
