package io.gyre.runtime.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JournalTest {
  private static final String STARTED = "S 1000 boot 10 11 20 21 1000 2 1 1 137 900 0 5 0 0 - .";
  private static final String KEEPER = "K 990 boot 10 11 - - - 0 0 0 - - - - - - - .";

  @TempDir Path directory;

  @Test
  void readsAllFields() {
    Journal.Line line = Journal.parse(STARTED).orElseThrow();
    assertThat(line.event()).isEqualTo(Journal.Event.S);
    assertThat(line.keeper()).isEqualTo(new ProcessIdentity(10, 11));
    assertThat(line.main()).contains(new ProcessIdentity(20, 21));
    assertThat(line.restarts()).isEqualTo(2);
    assertThat(line.exitCode()).isEqualTo(137);
    assertThat(line.hasExit()).isTrue();
    assertThat(line.next()).isEqualTo(Journal.NONE);
    assertThat(line.text()).isEqualTo(STARTED);
  }

  @Test
  void knowsWhatIsMissing() {
    Journal.Line line = Journal.parse(KEEPER).orElseThrow();
    assertThat(line.main()).isEmpty();
    assertThat(line.hasExit()).isFalse();
  }

  @Test
  void ignoresTornRecords() throws IOException {
    Path file = directory.resolve("journal");
    for (int cut = 1; cut < STARTED.length(); cut++) {
      Files.writeString(file, KEEPER + "\n" + STARTED.substring(0, cut));
      assertThat(Journal.last(file)).as("cut at %d", cut).isEqualTo(Journal.parse(KEEPER));
    }
    Files.writeString(file, KEEPER + "\n" + STARTED.substring(0, 20) + "\n" + STARTED + "\n");
    assertThat(Journal.last(file)).isEqualTo(Journal.parse(STARTED));
  }

  @Test
  void hasNoneWhereThereIsNoFile() throws IOException {
    assertThat(Journal.last(directory.resolve("nothing"))).isEmpty();
  }

  @Test
  void goesOnWhereItWas() throws IOException {
    Path file = directory.resolve("journal");
    Files.writeString(file, KEEPER + "\n" + STARTED.substring(0, 20));
    Journal.Section first = Journal.read(file, 0);
    assertThat(first.lines()).hasSize(1);
    Files.writeString(file, KEEPER + "\n" + STARTED + "\n");
    Journal.Section second = Journal.read(file, first.end());
    assertThat(second.lines()).containsExactly(Journal.parse(STARTED).orElseThrow());
    assertThat(Journal.read(file, second.end()).lines()).isEmpty();
  }

  @Test
  void noticesThatItWasShortened() throws IOException {
    Path file = directory.resolve("journal");
    Files.writeString(file, STARTED + "\n");
    assertThat(Journal.read(file, 60_000).lines())
        .containsExactly(Journal.parse(STARTED).orElseThrow());
    assertThat(Journal.read(file, 60_000).end()).isEqualTo(STARTED.length() + 1);
  }

  @Test
  void appendsForADeadKeeper() throws IOException {
    Path file = directory.resolve("journal");
    Files.writeString(file, STARTED + "\ntorn");
    Journal.Line stopped = Journal.parse(STARTED).orElseThrow().stopped(5000);
    Journal.append(file, stopped);
    assertThat(Journal.last(file)).contains(stopped);
    assertThat(stopped.main()).isEmpty();
    assertThat(stopped.restarts()).isEqualTo(2);
  }
}
