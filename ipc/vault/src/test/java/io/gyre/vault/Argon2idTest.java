package io.gyre.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

final class Argon2idTest {
  @Test
  void aHashKnowsItsPassword() {
    String hash = Argon2id.hash("correct horse".toCharArray());
    assertThat(hash).startsWith("$argon2id$v=19$m=19456,t=2,p=1$");
    assertThat(Argon2id.verify("correct horse".toCharArray(), hash)).isTrue();
    assertThat(Argon2id.verify("correct horsf".toCharArray(), hash)).isFalse();
    assertThat(Argon2id.isDated(hash)).isFalse();
  }

  /** What OpenSSL makes of the same input. */
  @Test
  void itIsWhatOthersCompute() {
    byte[] salt = "somesalt".getBytes(StandardCharsets.UTF_8);
    byte[] derived =
        Argon2id.derive("password".toCharArray(), salt, new Argon2id.Cost(8192, 1, 1), 32);
    assertThat(HexFormat.of().formatHex(derived))
        .isEqualTo("07200454a4c2369a893741c6bf6355f29bf357857cc5eb8e8795104fbe70a38e");
  }

  @Test
  void aTextThatIsNoHashOrCostsTooMuchIsRefused() {
    for (String text :
        new String[] {
          "",
          "password",
          "$argon2i$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAA",
          "$argon2id$v=19$m=999999,t=2,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAA",
          "$argon2id$v=19$m=19456,t=999,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        }) {
      assertThat(Argon2id.verify("password".toCharArray(), text)).as(text).isFalse();
      assertThat(Argon2id.isDated(text)).isTrue();
    }
    assertThatThrownBy(() -> new Argon2id.Cost(1 << 20, 1, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
