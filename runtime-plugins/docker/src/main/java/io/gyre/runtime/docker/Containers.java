package io.gyre.runtime.docker;

import com.fasterxml.jackson.core.type.TypeReference;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.InspectContainerResponse.ContainerState;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.ContainerNetwork;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.InternetProtocol;
import com.github.dockerjava.api.model.Ports;
import io.gyre.runtime.docker.Inventory.Known;
import io.gyre.runtime.docker.Labels.Identity;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.InstanceStatus.BoundPort;
import io.gyre.runtime.spi.InstanceStatus.Exit;
import io.gyre.runtime.spi.InstanceStatus.State;
import io.gyre.runtime.spi.PortSpec;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimeFailure.Kind;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Reads our containers and keeps the {@link Inventory} true. Any thread. */
final class Containers {
  static final TypeReference<List<Container>> CONTAINERS = new TypeReference<>() {};
  private static final int ATTEMPTS = 20;

  private final Engine engine;
  private final Inventory inventory;
  private final RunRecords records;
  private final String hostId;

  /** Instances whose first start goes on in this JVM. */
  private final Set<String> starting = ConcurrentHashMap.newKeySet();

  /**
   * @param statuses what there is
   * @param news how many differed from what was known
   */
  record Listing(List<InstanceStatus> statuses, int news) {}

  Containers(Engine engine, Inventory inventory, RunRecords records, String hostId) {
    this.engine = engine;
    this.inventory = inventory;
    this.records = records;
    this.hostId = hostId;
  }

  Set<String> starting() {
    return starting;
  }

  /** All instances; only containers that may have changed are looked at one by one. */
  Listing list() throws RuntimeFailure {
    long mark = inventory.mark();
    List<Container> found = engine.list("/containers/json", Labels.filter(hostId), CONTAINERS);
    List<InstanceStatus> statuses = new ArrayList<>(found.size());
    Set<String> present = new HashSet<>();
    int news = 0;
    for (Container container : found) {
      Identity identity = Labels.read(container.getLabels());
      if (identity == null || container.getState().equals("removing")) {
        continue;
      }
      present.add(container.getId());
      Optional<Known> known = inventory.find(identity.id());
      if (known.isPresent()
          && known.get().fresh()
          && known.get().container().equals(container.getId())
          && known.get().engineState().equals(container.getState())) {
        statuses.add(known.get().status());
        continue;
      }
      Optional<InstanceStatus> read = refresh(identity.id(), container.getId());
      read.ifPresent(statuses::add);
      if (!known.map(Known::status).equals(read)) {
        news++;
      }
    }
    news += inventory.keepOnly(present, mark);
    return new Listing(statuses, news);
  }

  /** The container of an instance, from the engine; running ones first. */
  Optional<Container> find(String id) throws RuntimeFailure {
    List<Container> found =
        engine.list("/containers/json", Labels.instanceFilter(hostId, id), CONTAINERS);
    return found.stream()
        .min(
            Comparator.comparing((Container c) -> !c.getState().equals("running"))
                .thenComparing(Container::getCreated, Comparator.reverseOrder()));
  }

  Optional<InspectContainerResponse> inspect(String container) throws RuntimeFailure {
    try {
      return Optional.of(engine.ask(docker -> docker.inspectContainerCmd(container).exec()));
    } catch (RuntimeFailure e) {
      if (e.kind() == Kind.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Reads one container and reports what changed; empty where it is gone. */
  Optional<InstanceStatus> refresh(String id, String container) throws RuntimeFailure {
    Optional<InstanceStatus> status = Optional.empty();
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      long version = inventory.version(id);
      Optional<InspectContainerResponse> read = inspect(container);
      if (read.isEmpty()) {
        inventory.gone(id, container);
        return Optional.empty();
      }
      status = status(read.get());
      if (status.isEmpty()) {
        return Optional.empty();
      }
      switch (inventory.put(container, engineState(read.get()), status.get(), version)) {
        case DONE -> {
          return status;
        }
        case GONE -> {
          return Optional.empty();
        }
        case OUTDATED -> {}
      }
    }
    return status;
  }

  private static String engineState(InspectContainerResponse read) {
    return read.getState().getStatus() == null ? "" : read.getState().getStatus();
  }

  /** What an inspected container is to us; empty where it isn't one of ours. */
  Optional<InstanceStatus> status(InspectContainerResponse read) {
    Identity identity = Labels.read(read.getConfig().getLabels());
    if (identity == null) {
      return Optional.empty();
    }
    RunRecords.Run record = records.read(identity.id(), read.getId());
    ContainerState at = read.getState();
    Instant startedAt = instant(at.getStartedAt());
    String engineState = engineState(read);
    State state = state(identity.id(), engineState, startedAt, record);
    boolean running = state == State.RUNNING;
    Long pid = at.getPidLong();
    Integer engineRestarts = read.getRestartCount();
    return Optional.of(
        new InstanceStatus(
            identity.id(),
            identity.namespace(),
            identity.deployment(),
            identity.revision(),
            identity.fingerprint(),
            state,
            running && pid != null && pid > 0 ? pid : null,
            read.getId(),
            running ? address(read) : null,
            ports(read.getHostConfig()),
            startedAt,
            record.restarts() + (engineRestarts == null ? 0 : engineRestarts),
            0,
            null,
            lastExit(identity.id(), read, startedAt, record),
            reason(engineState, at, startedAt)));
  }

  private State state(
      String id, String engineState, @Nullable Instant startedAt, RunRecords.Run record) {
    return switch (engineState) {
      case "running", "paused" -> State.RUNNING;
      case "restarting" -> State.STARTING;
      case "created" -> starting.contains(id) ? State.STARTING : ended(startedAt, record);
      default -> ended(startedAt, record);
    };
  }

  private static State ended(@Nullable Instant startedAt, RunRecords.Run record) {
    return run(startedAt).equals(record.stopped()) ? State.STOPPED : State.EXITED;
  }

  /** Names a run of a container by its start, also the one that has not begun. */
  static Instant run(@Nullable Instant startedAt) {
    return startedAt == null ? Instant.EPOCH : startedAt;
  }

  private static @Nullable String reason(
      String engineState, ContainerState at, @Nullable Instant startedAt) {
    return switch (engineState) {
      case "running" -> null;
      case "paused" -> "paused";
      case "restarting" -> "the engine is restarting it";
      case "created" -> startedAt == null ? "made but never started" : null;
      case "dead" -> "the engine could not remove it";
      default -> {
        if (Boolean.TRUE.equals(at.getOOMKilled())) {
          yield "killed: out of memory";
        }
        String error = at.getError();
        yield error == null || error.isBlank() ? null : error;
      }
    };
  }

  private @Nullable Exit lastExit(
      String id,
      InspectContainerResponse read,
      @Nullable Instant startedAt,
      RunRecords.Run record) {
    Optional<Known> known = inventory.find(id).filter(k -> k.container().equals(read.getId()));
    Exit seen = known.map(k -> k.status().lastExit()).orElse(null);
    ContainerState at = read.getState();
    boolean ended = !Boolean.TRUE.equals(at.getRunning());
    Instant finishedAt = instant(at.getFinishedAt());
    if (ended && startedAt != null && finishedAt != null && at.getExitCodeLong() != null) {
      // The engine may date the end of a short run before its start.
      if (seen != null && (seen.at().equals(finishedAt) || !seen.at().isBefore(startedAt))) {
        return seen;
      }
      return new Exit(at.getExitCodeLong().intValue(), finishedAt, List.of());
    }
    if (seen != null) {
      return seen;
    }
    return record.exitCode() == null || record.exitAt() == null
        ? null
        : new Exit(record.exitCode(), record.exitAt(), List.of());
  }

  private static @Nullable String address(InspectContainerResponse read) {
    if ("host".equals(read.getHostConfig().getNetworkMode())) {
      return "127.0.0.1";
    }
    Map<String, ContainerNetwork> networks = read.getNetworkSettings().getNetworks();
    if (networks == null) {
      return null;
    }
    return networks.values().stream()
        .map(ContainerNetwork::getIpAddress)
        .filter(address -> address != null && !address.isEmpty())
        .findFirst()
        .orElse(null);
  }

  private static List<BoundPort> ports(HostConfig host) {
    Ports bindings = host.getPortBindings();
    if (bindings == null || bindings.getBindings() == null) {
      return List.of();
    }
    List<BoundPort> ports = new ArrayList<>();
    bindings
        .getBindings()
        .forEach(
            (target, published) -> {
              if (published != null) {
                for (Ports.Binding binding : published) {
                  ports.add(port(target, binding));
                }
              }
            });
    ports.sort(Comparator.comparingInt(BoundPort::target).thenComparingInt(BoundPort::port));
    return ports;
  }

  private static BoundPort port(ExposedPort target, Ports.Binding binding) {
    String hostIp = binding.getHostIp();
    String spec = binding.getHostPortSpec();
    return new BoundPort(
        Integer.toString(target.getPort()),
        hostIp == null || hostIp.isEmpty() ? "0.0.0.0" : hostIp,
        spec != null && spec.matches("\\d{1,5}") ? Integer.parseInt(spec) : 0,
        target.getPort(),
        target.getProtocol() == InternetProtocol.UDP
            ? PortSpec.Protocol.UDP
            : PortSpec.Protocol.TCP);
  }

  /** The engine says "0001-01-01T00:00:00Z" for never. */
  static @Nullable Instant instant(@Nullable String text) {
    if (text == null || text.startsWith("0001-")) {
      return null;
    }
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      return null;
    }
  }
}
