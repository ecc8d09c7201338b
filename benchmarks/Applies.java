import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Row 4: from just before a manifest with one new process is sent. The runtime's call is seen from
 * outside by the first file that the process runtime makes for it.
 */
final class Applies {
  private static final double CALL_BUDGET_MS = 20;

  private final Workshop workshop;

  private record Times(double answerMs, double callMs, double startMs) {}

  Applies(Workshop workshop) {
    this.workshop = workshop;
  }

  List<Row> measure() throws Exception {
    int applies = workshop.quick() ? 10 : 30;
    List<Times> warm = new ArrayList<>();
    List<Times> first = new ArrayList<>();
    for (int round = 0; round < (workshop.quick() ? 1 : 3); round++) {
      try (Gyre gyre = Gyre.start(workshop, "")) {
        first.add(once(gyre, "first-" + round));
        for (int i = 0; round == 0 && i < applies; i++) {
          warm.add(once(gyre, "new-" + i));
        }
      }
    }
    return List.of(
        row("apply -> first runtime call", warm.stream().map(Times::callMs).toList())
            .within(CALL_BUDGET_MS),
        row("apply -> process runs", warm.stream().map(Times::startMs).toList()),
        row("apply -> HTTP answer", warm.stream().map(Times::answerMs).toList()),
        row("first apply after a start -> call", first.stream().map(Times::callMs).toList()),
        row("first apply after a start -> runs", first.stream().map(Times::startMs).toList()));
  }

  private static Row row(String what, List<Double> values) {
    return Row.measured(4, what, "ms", new Samples(values));
  }

  private Times once(Gyre gyre, String label) throws Exception {
    Beats beats = workshop.beats();
    workshop.calm().await();
    String manifest = Manifests.processes(beats, List.of(label));
    try (FirstTouch touch = new FirstTouch(gyre.home().resolve("runtimes").resolve("process"))) {
      long sent = System.nanoTime();
      gyre.apply(manifest);
      long answered = System.nanoTime();
      long started = beats.await(label, sent, 30).nanos();
      return new Times(
          (answered - sent) / 1e6, (touch.await() - sent) / 1e6, (started - sent) / 1e6);
    }
  }

  /** When the first file appeared in one of the directories of a directory. */
  private static final class FirstTouch implements AutoCloseable {
    private final WatchService watch = FileSystems.getDefault().newWatchService();
    private final Thread thread;
    private volatile long at;

    FirstTouch(Path parent) throws IOException {
      try (DirectoryStream<Path> children =
          Files.newDirectoryStream(parent, file -> Files.isDirectory(file))) {
        for (Path child : children) {
          child.register(watch, StandardWatchEventKinds.ENTRY_CREATE);
        }
      }
      thread = Thread.ofPlatform().daemon().start(this::watch);
    }

    private void watch() {
      try {
        WatchKey key = watch.take();
        at = System.nanoTime();
        key.cancel();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    long await() throws InterruptedException, Unmeasured {
      thread.join(TimeUnit.SECONDS.toMillis(5));
      if (at == 0) {
        throw new Unmeasured("the process runtime made no file for a new instance");
      }
      return at;
    }

    @Override
    public void close() throws IOException {
      thread.interrupt();
      watch.close();
    }
  }
}
