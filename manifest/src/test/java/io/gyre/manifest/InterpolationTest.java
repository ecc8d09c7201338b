package io.gyre.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class InterpolationTest {
  private static final Map<String, String> VARIABLES =
      Map.of("A", "a", "AB", "ab", "EMPTY", "", "_X1", "x", "DOLLAR", "$A ${A} $$", "PORT", "1");

  private final List<String> problems = new ArrayList<>();

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "plain, plain",
        "$A, a",
        "${A}, a",
        "$AB, ab",
        "${A}B, aB",
        "$A$AB-$A, aab-a",
        "$_X1, x",
        "<$EMPTY>, <>",
        "${A:-z}, a",
        "${NONE:-z}, z",
        "${EMPTY:-z}, z",
        "${NONE:-}, ``",
        "${NONE:-a b:-c}, a b:-c",
        "${NONE:-$A}, a",
        "${NONE:-${A}}, a",
        "${NONE:-${NONE:-<${AB}>}}, <ab>",
        "${A:-${NONE}}, a",
        "$$, $",
        "$$A, $A",
        "$$$A, $a",
        "$${A}, ${A}",
        "${NONE:-$$A}, $A",
        "$, $",
        "a$, a$",
        "$ A, $ A",
        "$5, $5",
        "$(date), $(date)",
        "$?$!, $?$!",
        "$DOLLAR, $A ${A} $$",
        "$PORT, 1",
      })
  void resolves(String raw, String expected) {
    assertThat(resolve(raw, false).text()).isEqualTo(expected);
    assertThat(problems).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "$NONE, manifest.variable.unset",
        "${NONE}, manifest.variable.unset",
        "${NONE:-$NEITHER}, manifest.variable.unset",
        "$PORTS, manifest.variable.unset",
        "${A, manifest.variable.unterminated",
        "a ${, manifest.variable.unterminated",
        "${NONE:-${A}, manifest.variable.unterminated",
        "${}, manifest.variable.invalid",
        "${1}, manifest.variable.invalid",
        "${A-b}, manifest.variable.invalid",
        "${A:?b}, manifest.variable.invalid",
        "${A:+b}, manifest.variable.invalid",
        "${A b}, manifest.variable.invalid",
      })
  void refuses(String raw, String code) {
    assertThat(resolve(raw, true)).isNotNull();
    assertThat(problems).containsExactly(code);
  }

  @ParameterizedTest
  @CsvSource({"$PORT", "${PORT}", "x:$PORT/y", "${PORT:-80}"})
  void keepsPort(String raw) {
    Interpolation.Resolved resolved = resolve(raw, true);
    assertThat(resolved.text()).isEqualTo(raw);
    assertThat(resolved.keptPort()).isTrue();
    assertThat(problems).isEmpty();
  }

  @Test
  void escapedPortIsNoReference() {
    Interpolation.Resolved resolved = resolve("$$PORT $A", true);
    assertThat(resolved.text()).isEqualTo("$PORT a");
    assertThat(resolved.keptPort()).isFalse();
  }

  @Test
  void whatVariablesExpandToIsBounded() {
    Interpolation interpolation = new Interpolation(Map.of("BIG", "x".repeat(1 << 20)));
    interpolation.resolve("$BIG".repeat(100), false, (code, _) -> problems.add(code));
    interpolation.resolve("$BIG", false, (code, _) -> problems.add(code));
    assertThat(problems).containsExactly("manifest.too_large", "manifest.too_large");
  }

  @Test
  void nestingIsBounded() {
    resolve("${N:-".repeat(5_000) + "}".repeat(5_000), false);
    assertThat(problems).containsExactly("manifest.variable.invalid");
  }

  @Test
  void namesInText() {
    assertThat(
            ManifestParser.variablesIn(
                "a: $A\nb: \"${B:-${C:-$D}}\" # $E\nc: $$F ${ $ $1 ${G $_h1-x $A $"))
        .containsExactly("A", "B", "C", "D", "E", "G", "_h1");
  }

  private Interpolation.Resolved resolve(String raw, boolean keepPort) {
    return new Interpolation(VARIABLES).resolve(raw, keepPort, (code, _) -> problems.add(code));
  }
}
