package io.gyre.runtime.docker;

import com.fasterxml.jackson.databind.JsonNode;
import io.gyre.runtime.docker.Inventory.Known;
import io.gyre.runtime.spi.InstanceStats;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.RuntimeFailure;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What containers use, from the files of the control groups and the network of their main process.
 * Where those can't be read, as with an engine on another machine, the engine is asked for each, as
 * long as there is time.
 */
final class ContainerStats implements InstanceStats {
  private static final Logger LOG = LoggerFactory.getLogger(ContainerStats.class);
  private static final Duration FOR_QUESTIONS = Duration.ofSeconds(5);

  /** What the address of an instance on the host's network is. */
  private static final String HOST = "127.0.0.1";

  private final Engine engine;
  private final Inventory inventory;
  private final Path groups;
  private final Map<String, Place> places = new ConcurrentHashMap<>();

  private record Place(String container, long pid, GroupFiles files) {}

  /**
   * @param groups where the control groups are mounted
   */
  ContainerStats(Engine engine, Inventory inventory, Path groups) {
    this.engine = engine;
    this.inventory = inventory;
    this.groups = groups;
  }

  @Override
  public List<Usage> usage(Set<String> ids) throws RuntimeFailure {
    if (engine.closed()) {
      throw engine.failure(new IOException("closed"));
    }
    places.keySet().retainAll(ids);
    List<Usage> all = new ArrayList<>(ids.size());
    List<Known> unreadable = new ArrayList<>();
    for (String id : ids) {
      Optional<Known> known = inventory.find(id);
      Long pid = known.map(Known::status).map(InstanceStatus::pid).orElse(null);
      if (known.isEmpty() || pid == null) {
        continue;
      }
      Optional<Usage> read = read(known.get(), pid);
      read.ifPresentOrElse(all::add, () -> unreadable.add(known.get()));
    }
    ask(unreadable, all);
    return all;
  }

  private Optional<Usage> read(Known known, long pid) {
    String id = known.status().id();
    Place place = places.get(id);
    if (place == null || place.pid() != pid || !place.container().equals(known.container())) {
      Optional<GroupFiles> files = GroupFiles.of(groups, pid, known.container());
      if (files.isEmpty()) {
        return Optional.empty();
      }
      place = new Place(known.container(), pid, files.get());
      places.put(id, place);
    }
    Optional<GroupFiles.Figures> figures = place.files().read();
    if (figures.isEmpty()) {
      places.remove(id);
      return Optional.empty();
    }
    Optional<NetworkBytes> network =
        HOST.equals(known.status().address()) ? Optional.empty() : NetworkBytes.of(pid);
    return Optional.of(
        new Usage(
            id,
            Instant.now(),
            origin(known),
            figures.get().cpuNanos(),
            figures.get().memoryBytes(),
            network.map(NetworkBytes::received).orElse(null),
            network.map(NetworkBytes::sent).orElse(null)));
  }

  /** The engine makes new groups for each run. */
  private static long origin(Known known) {
    Instant startedAt = Containers.run(known.status().startedAt());
    return startedAt.getEpochSecond() * 1_000_000_000 + startedAt.getNano();
  }

  private void ask(List<Known> containers, List<Usage> all) {
    long deadline = System.nanoTime() + FOR_QUESTIONS.toNanos();
    // Where there isn't time for all of them, it is others each time.
    Collections.shuffle(containers);
    for (Known known : containers) {
      if (System.nanoTime() > deadline) {
        LOG.debug("no time to ask the engine what {} uses", known.status().id());
        return;
      }
      try {
        JsonNode stats = engine.stats(known.container());
        if (stats.path("cpu_stats").path("cpu_usage").path("total_usage").asLong() > 0) {
          all.add(usage(known, stats));
        }
      } catch (RuntimeFailure e) {
        LOG.debug("the engine doesn't tell what {} uses: {}", known.status().id(), e.getMessage());
      }
    }
  }

  private static Usage usage(Known known, JsonNode stats) {
    JsonNode memory = stats.path("memory_stats");
    JsonNode parts = memory.path("stats");
    long inactive =
        parts
            .path(parts.has("total_inactive_file") ? "total_inactive_file" : "inactive_file")
            .asLong();
    long received = 0;
    long sent = 0;
    JsonNode networks = stats.path("networks");
    for (JsonNode network : networks) {
      received += network.path("rx_bytes").asLong();
      sent += network.path("tx_bytes").asLong();
    }
    boolean counted = networks.size() > 0;
    return new Usage(
        known.status().id(),
        Instant.now(),
        origin(known),
        stats.path("cpu_stats").path("cpu_usage").path("total_usage").asLong(),
        Math.max(0, memory.path("usage").asLong() - inactive),
        counted ? received : null,
        counted ? sent : null);
  }
}
