package io.gyre.bus;

import static io.gyre.model.Component.API;
import static io.gyre.model.Component.RECONCILER;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoorbellTest {
  private static final long LONG_MS = 20_000;

  @TempDir Path directory;

  @Test
  void aRingWakes() throws IOException {
    try (Doorbell bell = Doorbell.open(directory, RECONCILER);
        Ringer ringer = ringer()) {
      for (int i = 0; i < 100; i++) {
        ringer.ring();
        assertWoken(bell);
      }
    }
  }

  @Test
  void aRingBeforeWaitingCounts() throws IOException {
    try (Doorbell bell = Doorbell.open(directory, RECONCILER);
        Ringer first = ringer();
        Ringer second = ringer()) {
      first.ring();
      second.ring();
      assertWoken(bell);
    }
  }

  @Test
  void manyUnheardRingsDoNotBlock() throws IOException {
    try (Doorbell bell = Doorbell.open(directory, RECONCILER);
        Ringer ringer = ringer()) {
      for (int i = 0; i < 300_000; i++) {
        ringer.ring();
      }
      assertWoken(bell);
      ringer.ring();
      assertWoken(bell);
    }
  }

  @Test
  void noReaderOrADeadOneIsHarmlessAndTheNextIsRungAtOnce() throws IOException {
    try (Ringer ringer = ringer()) {
      ringer.ring();
      for (int i = 0; i < 3; i++) {
        try (Doorbell bell = Doorbell.open(directory, RECONCILER)) {
          ringer.ring();
          assertWoken(bell);
        }
        ringer.ring();
        leaveDeadBell();
        ringer.ring();
        ringer.ring();
      }
    }
  }

  @Test
  void aDeletedBellCostsTheRingOnly() throws IOException {
    Inbox inbox = new Inbox();
    TestBus buses = new TestBus(directory);
    try (Bus api = buses.open(API);
        Bus reconciler = buses.open(RECONCILER, API)) {
      reconciler.start(inbox);
      Files.delete(directory.resolve("run/reconciler.bell"));
      TestBus.publish(api, 1, 3);
      assertThat(inbox.awaitNumbers(3)).containsExactly(1L, 2L, 3L);
    }
  }

  @Test
  void withoutARingItWaits() throws IOException {
    try (Doorbell bell = Doorbell.open(directory, RECONCILER)) {
      long start = System.nanoTime();
      bell.await(50);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(45));
    }
  }

  private Ringer ringer() {
    return new Ringer(Doorbell.path(directory, RECONCILER));
  }

  private static void assertWoken(Doorbell bell) throws IOException {
    long start = System.nanoTime();
    // a connection may come first and its ring right after
    bell.await(LONG_MS);
    bell.await(1);
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isLessThan(Duration.ofMillis(LONG_MS / 2));
  }

  /** As a killed reader leaves it. */
  private void leaveDeadBell() throws IOException {
    Path path = Doorbell.path(directory, RECONCILER);
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(path));
    }
    assertThat(path).exists();
  }
}
