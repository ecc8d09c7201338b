package io.gyre.runtime.host.plugin;

import io.gyre.model.PluginInfo;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What there is to say of each jar. One thread at a time. */
final class PluginRows {
  private record Aside(PluginJar jar, String runtime, Instant since) {}

  private final PluginHistory history;
  private final Clock clock;
  private final Map<Path, PluginInfo> rejected = new TreeMap<>();
  private final Map<Path, Aside> aside = new TreeMap<>();
  private final Map<String, Instant> serving = new HashMap<>();

  PluginRows(PluginHistory history, Clock clock) {
    this.history = history;
    this.clock = clock;
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }

  /**
   * @param sha256 empty where it isn't known
   * @return whether this is news
   */
  boolean reject(Path file, String sha256, String reason) {
    PluginInfo row =
        new PluginInfo(
            file.toString(),
            "",
            "",
            "",
            PluginInfo.State.REJECTED,
            sha256,
            null,
            null,
            reason,
            now());
    aside.remove(file);
    PluginInfo before = rejected.put(file, row);
    return before == null || !before.sha256().equals(sha256) || !reason.equals(before.message());
  }

  /** The file holds this jar, which doesn't serve. */
  void putAside(Path file, PluginJar jar, String runtime) {
    rejected.remove(file);
    aside.put(file, new Aside(jar, runtime, now()));
  }

  /** The file holds what serves, or is gone. */
  void clear(Path file) {
    rejected.remove(file);
    aside.remove(file);
  }

  void serves(String runtime) {
    serving.put(runtime, now());
  }

  /** By file. */
  List<PluginInfo> all(Collection<RuntimeSlot> slots) {
    List<PluginInfo> rows = new ArrayList<>(rejected.values());
    Set<String> digests = new HashSet<>();
    for (RuntimeSlot slot : slots) {
      digests.add(slot.jar().sha256());
      rows.add(serving(slot));
    }
    aside.forEach(
        (file, each) -> {
          if (!digests.contains(each.jar().sha256())) {
            rows.add(aside(file, each, slots));
          }
        });
    rows.sort(Comparator.comparing(PluginInfo::file));
    return List.copyOf(rows);
  }

  private PluginInfo serving(RuntimeSlot slot) {
    PluginJar jar = slot.jar();
    boolean elsewhere = rejected.containsKey(jar.source()) || holdsAnother(jar);
    return new PluginInfo(
        (elsewhere ? jar.copy() : jar.source()).toString(),
        jar.id(),
        jar.version(),
        slot.name(),
        PluginInfo.State.SERVING,
        jar.sha256(),
        jar.signedBy(),
        history.before(slot.name()).map(PluginRows::name).orElse(null),
        message(jar, elsewhere),
        serving.getOrDefault(slot.name(), Instant.EPOCH));
  }

  private boolean holdsAnother(PluginJar jar) {
    Aside other = aside.get(jar.source());
    return other != null && !other.jar().sha256().equals(jar.sha256());
  }

  private static @Nullable String message(PluginJar jar, boolean elsewhere) {
    if (elsewhere) {
      return "kept copy of " + jar.source();
    }
    return !jar.shipped() && !Files.exists(jar.source(), LinkOption.NOFOLLOW_LINKS)
        ? "its file is gone; it serves until the runtime process starts again"
        : null;
  }

  private static String name(PluginHistory.Good good) {
    return good.version() + " (" + good.sha256().substring(0, 12) + ")";
  }

  private PluginInfo aside(Path file, Aside each, Collection<RuntimeSlot> slots) {
    PluginJar jar = each.jar();
    boolean back =
        history.passed(file, jar.sha256()).filter(PluginHistory.Passed::rolledBack).isPresent();
    String by =
        slots.stream()
            .filter(slot -> slot.name().equals(each.runtime()))
            .map(slot -> slot.jar().text())
            .findFirst()
            .orElse("another");
    return new PluginInfo(
        file.toString(),
        jar.id(),
        jar.version(),
        each.runtime(),
        back ? PluginInfo.State.ROLLED_BACK : PluginInfo.State.REPLACED,
        jar.sha256(),
        jar.signedBy(),
        null,
        by + " serves instead",
        each.since());
  }
}
