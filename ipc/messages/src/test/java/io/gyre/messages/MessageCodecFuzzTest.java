package io.gyre.messages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Nothing but {@link MalformedMessageException} comes of any bytes. */
class MessageCodecFuzzTest {
  private static final long SEED = 20261120;

  private int refused;

  @Test
  void randomBytes() {
    Random random = new Random(SEED);
    for (int i = 0; i < 50_000; i++) {
      byte[] bytes = new byte[random.nextInt(200)];
      random.nextBytes(bytes);
      if (bytes.length > 2 && random.nextBoolean()) {
        bytes[0] = 1;
        bytes[1] = (byte) (1 + random.nextInt(50));
        bytes[2] = 0;
      }
      decode(bytes);
    }
    assertThat(refused).isPositive();
  }

  @Test
  void flippedBits() {
    Random random = new Random(SEED);
    for (byte[] whole : samples()) {
      for (int bit = 0; bit < whole.length * 8; bit++) {
        decode(flipped(whole, bit));
      }
      for (int i = 0; i < 2_000; i++) {
        byte[] bytes = whole;
        for (int flips = 2 + random.nextInt(6); flips > 0; flips--) {
          bytes = flipped(bytes, random.nextInt(bytes.length * 8));
        }
        decode(bytes);
      }
    }
    assertThat(refused).isPositive();
  }

  @Test
  void cutAndLengthened() {
    for (byte[] whole : samples()) {
      for (int length = 0; length < whole.length + 4; length++) {
        decode(Arrays.copyOf(whole, length));
      }
    }
    assertThat(refused).isPositive();
  }

  /** The densest nonsense that parses: as many fields as fit. */
  @Test
  void aFullMessageOfEmptyFieldsIsCheap() {
    for (int kind : List.of(3, 21, 22, 24)) {
      for (int field = 1; field < 16; field++) {
        byte[] bytes = new byte[MessageCodec.MAX_ENCODED];
        bytes[0] = 1;
        bytes[1] = (byte) kind;
        for (int i = 4; i + 1 < bytes.length; i += 2) {
          bytes[i] = (byte) (field << 1 | 1);
        }
        decode(bytes);
      }
    }
  }

  private static List<byte[]> samples() {
    return Samples.all().values().stream()
        .map(message -> MessageCodec.encode(Samples.ENVELOPE, message))
        .toList();
  }

  private static byte[] flipped(byte[] bytes, int bit) {
    byte[] flipped = bytes.clone();
    flipped[bit / 8] ^= (byte) (1 << bit % 8);
    return flipped;
  }

  private void decode(byte[] bytes) {
    assertDoesNotThrow(
        () -> {
          try {
            assertThat(MessageCodec.decode(bytes).envelope()).isNotNull();
          } catch (MalformedMessageException expected) {
            refused++;
          }
        });
  }
}
