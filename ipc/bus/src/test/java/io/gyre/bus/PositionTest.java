package io.gyre.bus;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PositionTest {
  @TempDir Path directory;

  @Test
  void roundTrip() throws IOException {
    Path file = directory.resolve("p");
    assertThat(Position.read(file)).isEmpty();
    for (Position position :
        new Position[] {Position.BEGINNING, new Position(0x79bea000003e9L, -7)}) {
      Files.write(file, position.toBytes());
      assertThat(Position.read(file)).contains(position);
    }
  }

  /** Newer versions of Gyre read these. */
  @Test
  void bytesStayAsTheyAre() {
    assertThat(HexFormat.of().formatHex(new Position(0x79bea000003e9L, 1).toBytes()))
        .isEqualTo("00079bea000003e900000001" + "99c2504e");
  }

  @Test
  void whatIsNoPositionIsDamaged() throws IOException {
    Path file = directory.resolve("p");
    byte[] whole = new Position(12345, 678).toBytes();
    for (int bit = 0; bit < whole.length * 8; bit++) {
      byte[] flipped = whole.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(file, flipped);
      assertThat(Position.read(file)).contains(Position.DAMAGED);
    }
    Files.write(file, new byte[0]);
    assertThat(Position.read(file)).contains(Position.DAMAGED);
    Files.write(file, new byte[Position.SIZE]);
    assertThat(Position.read(file)).contains(Position.DAMAGED);
  }
}
