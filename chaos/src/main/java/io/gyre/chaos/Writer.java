package io.gyre.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Changes what is wanted all the time: scales and changes the elastic deployments, restarts them,
 * and counts up a config. Remembers what was acknowledged; of a change whose answer was lost either
 * outcome is right until the next answer. A thread of its own.
 */
final class Writer {
  private static final long PAUSE_MS = 250;
  private static final int MOST = 4;

  private final Gyre gyre;
  private final Workloads workloads;
  private final Starts starts;
  private final Ledger ledger;
  private final Path log;
  private final Random random;
  private final Thread thread;
  private final ReentrantLock writing = new ReentrantLock(true);
  private volatile boolean stopping;

  private final Map<String, Wanted> wanted = new TreeMap<>();
  private final List<String> acknowledged = new ArrayList<>();
  private long noteAcknowledged;
  private long noteTried;
  private long count;
  private long refused;
  private long lost;
  private long mark;

  /** What a deployment should be. */
  record State(int replicas, String mark) {}

  /** Every state that may be meant. */
  record Wanted(Set<State> states) {}

  /**
   * @param log for every write and its answer
   */
  Writer(Gyre gyre, Workloads workloads, Starts starts, Ledger ledger, Path log, long seed) {
    this.log = log;
    this.gyre = gyre;
    this.workloads = workloads;
    this.starts = starts;
    this.ledger = ledger;
    this.random = new Random(seed);
    this.thread = Thread.ofPlatform().daemon().name("writer").unstarted(this::run);
    for (Workloads.Deployment deployment : workloads.all()) {
      wanted.put(deployment.name(), new Wanted(Set.of(new State(deployment.replicas(), "0"))));
    }
  }

  void start() {
    thread.start();
  }

  /** Holds back the writer until it is resumed; what it is at ends first. */
  Map<String, Wanted> pause() {
    writing.lock();
    return new TreeMap<>(wanted);
  }

  void resume() {
    writing.unlock();
  }

  private void run() {
    long turn = 0;
    while (!stopping) {
      writing.lock();
      try {
        turn++;
        if (turn % 8 == 0) {
          change();
        } else {
          note();
        }
      } finally {
        writing.unlock();
      }
      Shell.pause(PAUSE_MS);
    }
  }

  private void note() {
    long number = ++noteTried;
    Gyre.Answer answer =
        write("POST", "/v1/apply", "application/yaml", Workloads.note(number), true);
    if (answer != null && answer.ok()) {
      noteAcknowledged = number;
    }
  }

  private void change() {
    List<Workloads.Deployment> elastic =
        workloads.all().stream().filter(each -> !each.steady()).toList();
    Workloads.Deployment deployment = elastic.get(random.nextInt(elastic.size()));
    Wanted before = Objects.requireNonNull(wanted.get(deployment.name()));
    int most = deployment.container() ? 2 : MOST;
    int replicas = 1 + random.nextInt(most);
    int kind = random.nextInt(10);
    if (kind < 5) {
      Set<State> after = new HashSet<>();
      before.states().forEach(state -> after.add(new State(replicas, state.mark())));
      send(
          deployment,
          before,
          after,
          "/v1/namespaces/default/deployments/" + deployment.name() + "/scale",
          "application/json",
          "{\"replicas\": " + replicas + "}");
    } else if (kind < 9 || deployment.container()) {
      String next = Long.toString(++mark);
      send(
          deployment,
          before,
          Set.of(new State(replicas, next)),
          "/v1/apply",
          "application/yaml",
          workloads.manifest(deployment, replicas, next));
    } else {
      starts.restartAsked(deployment.name());
      send(
          deployment,
          before,
          before.states(),
          "/v1/namespaces/default/deployments/" + deployment.name() + "/restart",
          "application/json",
          "{}");
    }
  }

  private void send(
      Workloads.Deployment deployment,
      Wanted before,
      Set<State> after,
      String path,
      String type,
      String body) {
    // Asking for what is so already is acknowledged without being remembered.
    boolean news =
        (before.states().size() == 1 && !before.states().equals(after))
            || path.endsWith("/restart");
    Gyre.Answer answer = write("POST", path, type, body, news);
    if (answer == null) {
      Set<State> either = new HashSet<>(before.states());
      either.addAll(after);
      wanted.put(deployment.name(), new Wanted(Set.copyOf(either)));
    } else if (answer.ok()) {
      wanted.put(deployment.name(), new Wanted(Set.copyOf(after)));
      ledger.note("writer: " + path + " " + after + " acknowledged");
    } else if (answer.status() >= 500) {
      Set<State> either = new HashSet<>(before.states());
      either.addAll(after);
      wanted.put(deployment.name(), new Wanted(Set.copyOf(either)));
      ledger.note("writer: " + path + " failed: " + answer.status() + " " + answer.body());
    } else {
      ledger.note("writer: " + path + " refused: " + answer.status() + " " + answer.body());
    }
  }

  /** Null where it isn't known whether the change was made. */
  private Gyre.@Nullable Answer write(
      String method, String path, String type, String body, boolean remembered) {
    try {
      Gyre.Answer answer = gyre.call(method, path, type, body);
      log(path + " " + answer.status() + " " + answer.correlation() + " " + body);
      if (answer.ok()) {
        count++;
        if (remembered) {
          acknowledged.add(answer.correlation());
        }
      } else {
        refused++;
        String code = answer.body().path("code").asText();
        if (answer.status() != 503 && !code.equals("store.disk_full")) {
          ledger.violation(
              "refused " + answer.status() + code,
              "a write was refused with " + answer.status() + ": " + answer.body());
        }
      }
      return answer;
    } catch (IOException e) {
      lost++;
      log(path + " " + e + " " + body);
      return null;
    }
  }

  private void log(String line) {
    String text = ledger.elapsed().toMillis() + " " + line.strip().replace("\n", " ") + "\n";
    try {
      Files.writeString(log, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Only while it is paused or ended. */
  List<String> acknowledged() {
    return List.copyOf(acknowledged);
  }

  long noteAcknowledged() {
    return noteAcknowledged;
  }

  long noteTried() {
    return noteTried;
  }

  String summary() {
    return count + " writes acknowledged, " + refused + " refused, " + lost + " without an answer";
  }

  void stop() {
    stopping = true;
    try {
      thread.join(15_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
