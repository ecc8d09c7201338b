package io.gyre.runtime.host.plugin;

import io.gyre.model.PluginChange;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.pf4j.DefaultVersionManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which jar each runtime begins with when the process starts. In this order:
 *
 * <pre>
 * the one that served last, from its kept copy, while there is a file where it came from
 * a jar in the user's directory, the newest version first
 * the shipped jar
 * </pre>
 *
 * What differs in the user's directory from a jar that served last is left to be swapped in by the
 * usual steps, so that it must pass the self-test first. Used once, by the thread that starts.
 */
final class FirstPlugins {
  private static final Logger log = LoggerFactory.getLogger(FirstPlugins.class);

  private final Map<String, RuntimeSlot> slots;
  private final PluginIntake intake;
  private final PluginHistory history;
  private final PluginRows rows;
  private final SwapLimits limits;
  private final Swaps swaps;
  private final Function<PluginGeneration, RuntimeSlot> slotMaker;
  private final Map<Path, PluginJar> shipped = new HashMap<>();
  private final Set<String> servedLast = new HashSet<>();
  private final Deque<Path> toSwapIn = new ArrayDeque<>();

  FirstPlugins(
      Map<String, RuntimeSlot> slots,
      PluginIntake intake,
      PluginHistory history,
      PluginRows rows,
      SwapLimits limits,
      Swaps swaps,
      Function<PluginGeneration, RuntimeSlot> slotMaker) {
    this.slots = slots;
    this.intake = intake;
    this.history = history;
    this.rows = rows;
    this.limits = limits;
    this.swaps = swaps;
    this.slotMaker = slotMaker;
  }

  /**
   * Loads what serves first.
   *
   * @return files that are to be looked at once the runtimes are connected, the newest last
   */
  List<Path> load(List<Path> users, List<Path> shippedFiles) {
    for (Path file : shippedFiles) {
      try {
        shipped.put(file, intake.shipped(file));
      } catch (PluginRejected e) {
        swaps.reject(file, e);
      }
    }
    history.runtimes().forEach(runtime -> history.serving(runtime).ifPresent(this::servedLast));
    List<PluginJar> jars = new ArrayList<>();
    for (Path file : users) {
      takeIn(file).ifPresent(jars::add);
    }
    jars.sort(Comparator.comparing(PluginJar::version, FirstPlugins::newestFirst));
    jars.forEach(this::users);
    shipped.values().stream()
        .sorted(Comparator.comparing(PluginJar::source))
        .forEach(this::shipped);
    return List.copyOf(toSwapIn);
  }

  private static int newestFirst(String one, String other) {
    try {
      return new DefaultVersionManager().compareVersions(other, one);
    } catch (RuntimeException e) {
      return other.compareTo(one);
    }
  }

  private void servedLast(PluginHistory.Good good) {
    if (good.shipped()
        ? !wentBackTo(good)
        : !Files.exists(good.source(), LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try {
      begin(
          PluginGeneration.load(intake.kept(good.sha256(), good.source(), good.shipped()), limits));
      servedLast.add(good.runtime());
    } catch (PluginRejected e) {
      log.warn(
          "{} {} served runtime {} last, but is no longer usable: {}",
          good.id(),
          good.version(),
          good.runtime(),
          e.reason());
    }
  }

  /** Whether the user went back to it from what is shipped now. */
  private boolean wentBackTo(PluginHistory.Good good) {
    return shipped.values().stream()
        .filter(jar -> jar.id().equals(good.id()) && !jar.sha256().equals(good.sha256()))
        .anyMatch(
            jar ->
                history
                    .passed(jar.source(), jar.sha256())
                    .filter(PluginHistory.Passed::rolledBack)
                    .isPresent());
  }

  private Optional<PluginJar> takeIn(Path file) {
    try {
      PluginJar jar = intake.user(file);
      for (RuntimeSlot slot : slots.values()) {
        if (slot.jar().sha256().equals(jar.sha256())) {
          return Optional.empty();
        }
      }
      return Optional.of(jar);
    } catch (PluginRejected e) {
      swaps.reject(file, e);
      return Optional.empty();
    }
  }

  private void users(PluginJar jar) {
    Path file = jar.source();
    boolean passed = history.passed(file, jar.sha256()).isPresent();
    Optional<RuntimeSlot> known =
        slots.values().stream().filter(slot -> slot.jar().id().equals(jar.id())).findFirst();
    if (passed) {
      rows.putAside(file, jar, known.map(RuntimeSlot::name).orElse(jar.id()));
      return;
    }
    PluginGeneration generation;
    try {
      generation = PluginGeneration.load(jar, limits);
    } catch (PluginRejected e) {
      swaps.reject(file, e);
      return;
    }
    String runtime = generation.description().name();
    boolean shippedServed = history.serving(runtime).filter(this::isShippedNow).isPresent();
    if (!slots.containsKey(runtime) && !shippedServed) {
      begin(generation);
      swaps.news(
          PluginChange.LOADED, "runtime " + runtime + ": " + jar.text() + " from " + file, "");
      return;
    }
    swaps.discard(generation);
    if (shippedServed || servedLast.contains(runtime)) {
      toSwapIn.addFirst(file);
    } else {
      history.pass(file, jar.sha256(), false);
      rows.putAside(file, jar, runtime);
    }
  }

  private boolean isShippedNow(PluginHistory.Good good) {
    return good.shipped() && shipped.values().stream().anyMatch(jar -> jar.id().equals(good.id()));
  }

  private void shipped(PluginJar jar) {
    Optional<RuntimeSlot> instead =
        slots.values().stream().filter(slot -> slot.jar().id().equals(jar.id())).findFirst();
    if (instead.isEmpty()) {
      try {
        PluginGeneration generation = PluginGeneration.load(jar, limits);
        instead = Optional.ofNullable(slots.get(generation.description().name()));
        if (instead.isEmpty()) {
          begin(generation);
          return;
        }
        swaps.discard(generation);
      } catch (PluginRejected e) {
        swaps.reject(jar.source(), e);
        return;
      }
    }
    RuntimeSlot slot = instead.get();
    if (!slot.jar().sha256().equals(jar.sha256())) {
      log.info("{} stands in for {}", slot.jar().source(), jar.source());
      rows.putAside(jar.source(), jar, slot.name());
    }
  }

  private void begin(PluginGeneration generation) {
    String runtime = generation.description().name();
    PluginJar jar = generation.jar();
    if (slots.containsKey(runtime)) {
      swaps.discard(generation);
      return;
    }
    slots.put(runtime, slotMaker.apply(generation));
    history.serves(PluginHistory.Good.of(runtime, jar));
    rows.serves(runtime);
    log.info("loaded runtime {}: {} from {}", runtime, jar.text(), jar.source());
  }
}
