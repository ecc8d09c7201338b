package io.gyre.bus;

import io.gyre.messages.Message;
import io.gyre.model.Component;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/** The other process of the tests. */
public final class BusPeer {
  private BusPeer() {}

  public static void main(String[] args) throws IOException {
    TestBus buses = new TestBus(Path.of(args[1]));
    switch (args[0]) {
      case "write" ->
          write(buses, Integer.parseInt(args[2]), Long.parseLong(args[3]), Path.of(args[4]));
      case "read" -> read(buses, Path.of(args[2]));
      case "echo" -> echo(buses);
      case "once" -> once(buses);
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  /** Publishes as API for ever, and writes down each id once it has it. */
  private static void write(TestBus buses, int epoch, long pauseNs, Path acknowledged)
      throws IOException {
    try (OutputStream out = append(acknowledged);
        Bus api = Bus.open(buses.config(Component.API, epoch))) {
      for (long number = 1; ; number++) {
        line(out, TestBus.publish(api, number));
        LockSupport.parkNanos(pauseNs);
      }
    }
  }

  /** Reads as RECONCILER for ever, and writes down each id that it hasn't written down before. */
  private static void read(TestBus buses, Path effects) throws IOException {
    Set<String> done =
        new HashSet<>(Files.exists(effects) ? Files.readAllLines(effects) : List.of());
    try (OutputStream out = append(effects);
        Bus reconciler = Bus.open(buses.config(Component.RECONCILER, 1, Component.API))) {
      reconciler.start(
          (envelope, message) -> {
            if (done.add(envelope.id())) {
              try {
                line(out, envelope.id());
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            }
          });
      forever();
    }
  }

  /** Answers as RECONCILER whatever the API says. */
  private static void echo(TestBus buses) {
    try (Bus reconciler = Bus.open(buses.config(Component.RECONCILER, 1, Component.API))) {
      reconciler.start((envelope, message) -> reconciler.publish(message, "c-echo", envelope.id()));
      TestBus.publish(reconciler, -1);
      forever();
    }
  }

  /** All that a process does with a bus, once. */
  private static void once(TestBus buses) {
    Inbox inbox = new Inbox();
    try (Bus api = Bus.open(buses.config(Component.API, 1, Component.RECONCILER));
        Bus reconciler = Bus.open(buses.config(Component.RECONCILER, 1, Component.API))) {
      api.start((envelope, message) -> {});
      reconciler.start(inbox);
      TestBus.publish(api, 1, 10);
      inbox.awaitNumbers(10);
      api.publish(new Message.ReportInstances(), "c", "");
      Await.until("all came", () -> inbox.messages.size() == 11);
      System.out.println("descriptors:");
      for (Path fd : list(Path.of("/proc/self/fd"))) {
        System.out.println(target(fd));
      }
      System.out.println("threads:");
      Thread.getAllStackTraces().keySet().forEach(thread -> System.out.println(thread.getName()));
      System.out.println("done");
    }
  }

  private static List<Path> list(Path directory) {
    try (var files = Files.list(directory)) {
      return files.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String target(Path fd) {
    try {
      return Files.readSymbolicLink(fd).toString();
    } catch (IOException e) {
      return "closed";
    }
  }

  private static OutputStream append(Path file) throws IOException {
    return Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /** In one call, so that a kill leaves whole lines. */
  private static void line(OutputStream out, String text) throws IOException {
    out.write((text + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private static void forever() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      throw new AssertionError("nobody interrupts this", e);
    }
  }
}
