package io.gyre.store;

import static io.gyre.store.Samples.CLOCK;
import static io.gyre.store.Samples.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gyre.model.Component;
import io.gyre.model.ErrorKind;
import io.gyre.model.EventRecord;
import io.gyre.model.GyreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file system of 3 MiB, most of it taken by a file that goes when space is freed. */
class DiskFullComponentTest {
  private static final int ENOUGH_TO_FILL = 100_000;

  @TempDir Path directory;

  private Path mount;
  private Path filler;
  private boolean mounted;

  @BeforeEach
  void mount() throws Exception {
    // The library must not be on the small file system.
    Store.open(directory.resolve("elsewhere/gyre.db"), Component.API, CLOCK).close();
    mount = Files.createDirectory(directory.resolve("small"));
    filler = mount.resolve("filler");
    int status = run("mount", "-t", "tmpfs", "-o", "size=3m,mode=0700", "tmpfs", mount.toString());
    mounted = status == 0;
    if (!mounted) {
      assertThat(System.getenv("CI")).as("a small file system can't be mounted").isNull();
      assumeTrue(false, "a small file system can't be mounted: this takes root");
    }
    Files.write(filler, new byte[2 << 20]);
  }

  @AfterEach
  void unmount() throws Exception {
    if (mounted) {
      assertThat(run("umount", mount.toString())).isZero();
    }
  }

  private static int run(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  @Test
  void observedStateIsWholeAndGoesOnOnceThereIsSpace() throws IOException {
    try (Store store = Store.open(mount.resolve("gyre.db"), Component.RECONCILER, CLOCK)) {
      String message = "x".repeat(1000);
      int kept =
          2
              * untilFull(
                  n ->
                      store
                          .observed()
                          .run(
                              tx -> {
                                tx.appendEvent(Samples.event(NOW, message));
                                tx.appendEvent(Samples.event(NOW, message));
                              }));
      EventRecord huge = Samples.event(NOW, "y".repeat(2_000_000));
      for (int i = 0; i < 3; i++) {
        assertThat(events(store)).as("all that was acknowledged, nothing else").hasSize(kept);
        assertDiskFull(() -> store.observed().run(tx -> tx.appendEvent(huge)));
      }
      Files.delete(filler);
      store.observed().run(tx -> tx.appendEvent(Samples.event(NOW, "y".repeat(50_000))));
      assertThat(events(store)).hasSize(kept + 1);
      assertThat(store.integrityCheck()).isEqualTo("ok");
      store.checkpoint();
      assertThat(events(store)).hasSize(kept + 1);
    }
    try (Store again = Store.open(mount.resolve("gyre.db"), Component.API, CLOCK)) {
      assertThat(again.integrityCheck()).isEqualTo("ok");
    }
  }

  private static List<EventRecord> events(Store store) {
    return store.read().events(EventQuery.after(0, Integer.MAX_VALUE));
  }

  @Test
  void desiredStateIsWholeAndGoesOnOnceThereIsSpace() throws IOException {
    try (Store store = Store.open(mount.resolve("gyre.db"), Component.API, CLOCK)) {
      int kept =
          untilFull(
              n ->
                  store
                      .desired()
                      .run(
                          tx -> {
                            tx.recordChange(Samples.change(1));
                            tx.putConfig(
                                "a", "c" + n, Map.of("b", "x".repeat(5000)), Map.of(), "c", "a");
                          }));
      assertThat(store.read().changes(null, null, Integer.MAX_VALUE)).hasSize(kept);
      assertThat(store.read().configs("a")).hasSize(kept);
      Files.delete(filler);
      store.desired().run(tx -> tx.recordChange(Samples.change(1)));
      assertThat(store.read().changes(null, null, Integer.MAX_VALUE)).hasSize(kept + 1);
      assertThat(store.integrityCheck()).isEqualTo("ok");
    }
  }

  @Test
  void noRoomToStartIn() throws IOException {
    Path more = mount.resolve("more");
    Files.write(more, new byte[(1 << 20) - (24 << 10)]);
    assertDiskFull(() -> Store.open(mount.resolve("gyre.db"), Component.API, CLOCK).close());
    Files.delete(more);
    try (Store store = Store.open(mount.resolve("gyre.db"), Component.API, CLOCK)) {
      assertThat(store.migrationsApplied()).isEqualTo(Schema.VERSION);
      assertThat(store.integrityCheck()).isEqualTo("ok");
    }
  }

  /** How often the transaction was acknowledged before the disk was full. */
  private static int untilFull(IntConsumer transaction) {
    AtomicInteger acknowledged = new AtomicInteger();
    assertDiskFull(
        () -> {
          while (acknowledged.get() < ENOUGH_TO_FILL) {
            transaction.accept(acknowledged.get());
            acknowledged.incrementAndGet();
          }
        });
    assertThat(acknowledged).hasPositiveValue();
    return acknowledged.get();
  }

  private static void assertDiskFull(ThrowingCallable work) {
    assertThatThrownBy(work)
        .isInstanceOfSatisfying(
            GyreException.class,
            e -> {
              assertThat(e.code()).as(e.getMessage()).isEqualTo("store.disk_full");
              assertThat(e.kind()).isEqualTo(ErrorKind.EXHAUSTED);
              assertThat(e.hint()).contains("free space");
            });
  }
}
