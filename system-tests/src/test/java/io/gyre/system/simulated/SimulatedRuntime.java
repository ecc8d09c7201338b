package io.gyre.system.simulated;

import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.InstanceStatus.State;
import io.gyre.runtime.spi.RuntimeEvent;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.Workload;
import io.gyre.runtime.spi.WorkloadRuntime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * Its instances are lines of a file, so that they outlive the host and start at once; it can take
 * as long as one likes.
 *
 * <pre>
 * instances     + id namespace deployment revision fingerprint startedAt, or - id
 * calls         a line each: call, id
 * go-NAME       a start of the image pull/NAME returns once this is there: a pull that lasts
 * </pre>
 */
final class SimulatedRuntime implements WorkloadRuntime {
  private static final String SLOW = "pull/";

  private final Path directory;
  private final Map<String, InstanceStatus> instances = new ConcurrentHashMap<>();
  private final List<Consumer<RuntimeEvent>> listeners = new CopyOnWriteArrayList<>();
  private volatile boolean closed;

  SimulatedRuntime(Path directory) {
    this.directory = directory;
    Path file = directory.resolve("instances");
    try {
      if (Files.exists(file)) {
        Files.readAllLines(file).forEach(this::replay);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void replay(String line) {
    String[] words = line.split(" ");
    if (words[0].equals("+")) {
      instances.put(
          words[1],
          running(
              words[1],
              words[2],
              words[3],
              Long.parseLong(words[4]),
              words[5],
              Instant.parse(words[6])));
    } else {
      instances.remove(words[1]);
    }
  }

  private static InstanceStatus running(
      String id,
      String namespace,
      String deployment,
      long revision,
      String fingerprint,
      Instant startedAt) {
    return new InstanceStatus(
        id,
        namespace,
        deployment,
        revision,
        fingerprint,
        State.RUNNING,
        null,
        "simulated-" + id,
        "127.0.0.1",
        List.of(),
        startedAt,
        0,
        0,
        null,
        null,
        null);
  }

  @Override
  public InstanceStatus start(InstanceSpec spec) throws RuntimeFailure {
    append("calls", "start " + spec.id());
    if (spec.workload() instanceof Workload.Container container
        && container.image().startsWith(SLOW)) {
      pull(container.image().substring(SLOW.length()));
    }
    InstanceStatus known = instances.get(spec.id());
    if (known != null && known.state() == State.RUNNING) {
      return known;
    }
    Instant now = Instant.now();
    InstanceStatus status =
        running(
            spec.id(),
            spec.namespace(),
            spec.deployment(),
            spec.revision(),
            spec.fingerprint(),
            now);
    append(
        "instances",
        String.join(
            " ",
            "+",
            spec.id(),
            spec.namespace(),
            spec.deployment(),
            Long.toString(spec.revision()),
            spec.fingerprint(),
            now.toString()));
    instances.put(spec.id(), status);
    tell(new RuntimeEvent.Changed(status));
    return status;
  }

  private void pull(String name) throws RuntimeFailure {
    while (!Files.exists(directory.resolve("go-" + name))) {
      if (closed) {
        throw new RuntimeFailure(
            RuntimeFailure.Kind.UNAVAILABLE, "simulated_closed", "the plugin is closed", null);
      }
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        throw new RuntimeFailure(
            RuntimeFailure.Kind.TIMEOUT, "simulated_pull", "the pull was interrupted", null);
      }
    }
  }

  @Override
  public Optional<InstanceStatus> stop(String id) {
    return Optional.ofNullable(instances.get(id));
  }

  @Override
  public void remove(String id) {
    append("calls", "remove " + id);
    if (instances.remove(id) != null) {
      append("instances", "- " + id);
      tell(new RuntimeEvent.Gone(id));
    }
  }

  @Override
  public List<InstanceStatus> list() {
    return List.copyOf(instances.values());
  }

  @Override
  public Subscription subscribe(Consumer<RuntimeEvent> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  private void tell(RuntimeEvent event) {
    listeners.forEach(listener -> listener.accept(event));
  }

  @Override
  public <T> Optional<T> ability(Class<T> type) {
    return Optional.empty();
  }

  @Override
  public void close(boolean handOver) {
    closed = true;
  }

  private synchronized void append(String file, String line) {
    try {
      Files.writeString(
          directory.resolve(file),
          line + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
