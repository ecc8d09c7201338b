package io.gyre.component;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class FlatJsonTest {
  @Test
  void readsWhatItWrote() {
    Map<String, String> fields = Map.of("a", "plain", "b", "with \"quotes\" \\ and\nlines\u0001ä");
    assertThat(FlatJson.parse(FlatJson.text(fields))).isEqualTo(fields);
    assertThat(FlatJson.parse("{}")).isEmpty();
  }

  @Test
  void refusesWhatIsTorn() {
    for (String torn : new String[] {"", "{", "{\"a\"", "{\"a\":1}", "{\"a\":\"", "null"}) {
      assertThatThrownBy(() -> FlatJson.parse(torn))
          .as(torn)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
