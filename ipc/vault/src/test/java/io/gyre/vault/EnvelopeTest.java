package io.gyre.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class EnvelopeTest {
  private static final SealContext CONTEXT = SealContext.of("secret", "shop", "db", "1");
  private final byte[] first = KeyRing.newKey();
  private final byte[] second = KeyRing.newKey();
  private final KeyRing ring = KeyRing.of(List.of(first));

  @Test
  void whatIsSealedOpens() {
    Random random = new Random(1);
    for (int size : new int[] {0, 1, 15, 16, 17, 1000, 1 << 20}) {
      byte[] value = new byte[size];
      random.nextBytes(value);
      assertThat(ring.open(CONTEXT, ring.seal(CONTEXT, value))).isEqualTo(value);
    }
  }

  @Test
  void nothingOfTheValueIsSeenAndNoTwoEnvelopesAreAlike() {
    byte[] value = "a value that is long enough to be found".getBytes(StandardCharsets.UTF_8);
    byte[] one = ring.seal(CONTEXT, value);
    assertThat(new String(one, StandardCharsets.ISO_8859_1)).doesNotContain("long enough");
    assertThat(one).isNotEqualTo(ring.seal(CONTEXT, value));
  }

  @Test
  void everyFlippedBitFails() {
    KeyRing both = KeyRing.of(List.of(first, second));
    byte[] sealed = ring.seal(CONTEXT, new byte[] {1, 2, 3});
    for (int at = 0; at < sealed.length * 8; at++) {
      byte[] changed = sealed.clone();
      changed[at / 8] ^= (byte) (1 << (at % 8));
      assertThatThrownBy(() -> ring.open(CONTEXT, changed)).isInstanceOf(GyreException.class);
      assertThatThrownBy(() -> both.open(CONTEXT, both.rewrap(CONTEXT, changed)))
          .isInstanceOf(GyreException.class);
    }
  }

  @Test
  void everyShorterTextFails() {
    byte[] sealed = ring.seal(CONTEXT, new byte[] {1, 2, 3});
    for (int length = 0; length < sealed.length; length++) {
      byte[] cut = Arrays.copyOf(sealed, length);
      assertThatThrownBy(() -> ring.open(CONTEXT, cut)).isInstanceOf(GyreException.class);
    }
  }

  @Test
  void noEnvelopeIsTakenForAnother() {
    byte[] sealed = ring.seal(CONTEXT, new byte[] {1, 2, 3});
    for (SealContext other :
        List.of(
            SealContext.of("webhook", "shop", "db", "1"),
            SealContext.of("secret", "test", "db", "1"),
            SealContext.of("secret", "shop", "dc", "1"),
            SealContext.of("secret", "shop", "db", "2"),
            SealContext.of("secret", "shop", "db1"),
            SealContext.of("secret", "shopd", "b", "1"),
            SealContext.of("secret", "shop", "db", "1", ""))) {
      assertThatThrownBy(() -> ring.open(other, sealed))
          .isInstanceOfSatisfying(
              GyreException.class, e -> assertThat(e.code()).isEqualTo("secrets.broken"));
    }
  }

  @Test
  void aMissingKeyIsNamedAndComesBack() {
    byte[] sealed = ring.seal(CONTEXT, new byte[] {7});
    assertThatThrownBy(() -> KeyRing.of(List.of(second)).open(CONTEXT, sealed))
        .isInstanceOfSatisfying(
            GyreException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(ErrorKind.UNAVAILABLE);
              assertThat(e.getMessage()).contains(ring.current().orElseThrow());
            });
    assertThatThrownBy(() -> KeyRing.of(List.of()).seal(CONTEXT, sealed))
        .hasMessageContaining("no key");
    assertThat(KeyRing.of(List.of(second, first)).open(CONTEXT, sealed)).containsExactly(7);
  }

  @Test
  void aNewKeyTakesOverWhatTheOldOneSealed() {
    byte[] sealed = ring.seal(CONTEXT, new byte[] {7});
    KeyRing both = KeyRing.of(List.of(first, second));
    byte[] anew = both.rewrap(CONTEXT, sealed);
    assertThat(KeyRing.keyIdOf(anew)).isEqualTo(both.current().orElseThrow());
    assertThat(both.rewrap(CONTEXT, anew)).isEqualTo(anew);
    assertThat(KeyRing.of(List.of(second)).open(CONTEXT, anew)).containsExactly(7);
    assertThatThrownBy(() -> ring.open(CONTEXT, anew)).isInstanceOf(GyreException.class);
    assertThatThrownBy(() -> both.rewrap(SealContext.of("secret", "x"), sealed))
        .isInstanceOf(GyreException.class);
  }

  @Test
  void aDigestTellsEqualValuesOfOneContextOnly() {
    KeyedDigest digest = new KeyedDigest(first);
    byte[] value = {1, 2, 3};
    assertThat(digest.of(CONTEXT, value)).isEqualTo(digest.of(CONTEXT, value.clone())).hasSize(32);
    assertThat(digest.of(CONTEXT, value))
        .isNotEqualTo(digest.of(SealContext.of("secret", "other"), value))
        .isNotEqualTo(digest.of(CONTEXT, new byte[] {1, 2}))
        .isNotEqualTo(new KeyedDigest(second).of(CONTEXT, value));
  }

  @Test
  void noTextShowsAKey() {
    assertThat(ring.toString()).isEqualTo("KeyRing" + ring.ids());
  }
}
