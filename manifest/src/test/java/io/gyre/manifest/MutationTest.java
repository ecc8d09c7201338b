package io.gyre.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.model.Violation;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever is done to the text of a manifest, the answer is a manifest or problems in words. */
final class MutationTest {
  private static final String[] PIECES = {
    "",
    " ",
    "\n",
    "  ",
    "\t",
    ":",
    ": ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "'",
    ",",
    "#",
    "&a ",
    "*a",
    "*defaults",
    "!",
    "!!str ",
    "|",
    ">",
    "%",
    "@",
    "`",
    "$",
    "${",
    "$N",
    "${N:-",
    "$$",
    "~",
    "null",
    "true",
    "0",
    "-1",
    "1e9",
    "99999999999",
    ".nan",
    "\\",
    "\\u",
    "\0",
    "\uFFFD",
    "\uFEFF",
    "é",
    "😀",
    "<<: ",
    "? ",
    "---\n",
    "...\n",
    "x-",
    "docker",
    "process",
    "host",
    "/",
    "..",
    "5s",
    "1Gi",
    "80:80",
    "deployments:\n",
    "image: a\n",
    "process: {command: a}\n"
  };

  @Test
  void neverAnythingButProblems() {
    String full = Fixtures.resource("full.yaml");
    Map<String, String> variables = Map.of("GREETING", "hi", "N", "2");
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int accepted = 0;
    for (int round = 0; round < 4_000; round++) {
      String text = mutated(full, random);
      try {
        List<Violation> violations =
            Fixtures.violations(List.of(new ManifestSource("m", text)), variables, Fixtures.HOST);
        accepted += violations.isEmpty() ? 1 : 0;
        for (Violation violation : violations) {
          assertThat(violation.message()).isNotBlank().doesNotContain("java.", "Exception");
          assertThat(violation.code()).matches("[a-z][A-Za-z0-9_.]*");
        }
      } catch (RuntimeException | Error e) {
        throw new AssertionError("seed " + seed + ", round " + round + ":\n" + text, e);
      }
    }
    assertThat(accepted).isBetween(1, 3_999);
  }

  private static String mutated(String full, Random random) {
    StringBuilder text = new StringBuilder(full);
    int changes = 1 + random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      int at = random.nextInt(text.length());
      int length = random.nextInt(Math.min(12, text.length() - at));
      String piece = PIECES[random.nextInt(PIECES.length)];
      switch (random.nextInt(4)) {
        case 0 -> text.insert(at, piece);
        case 1 -> text.delete(at, at + length);
        case 2 -> text.replace(at, at + length, piece);
        default -> text.insert(at, full, 0, random.nextInt(200));
      }
    }
    return text.toString();
  }
}
