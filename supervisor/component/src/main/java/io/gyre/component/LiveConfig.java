package io.gyre.component;

import io.gyre.model.Component;
import io.gyre.model.GyreException;
import io.gyre.model.Violation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The configuration as it is now. The file is read again when it changes and on SIGHUP; one with
 * problems changes nothing and is reported.
 *
 * <pre>
 *  file ─▶ good ──▶ current, and kept as the last good one (data/gyre.yaml.good)
 *      └▶ broken ─▶ current stays; at a start: the last good one, without one the start is refused
 * </pre>
 *
 * Any thread. Readings are one after the other, and so are the calls of who wants to hear of them.
 */
public final class LiveConfig implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LiveConfig.class);

  /**
   * A reading of the file that brought something new.
   *
   * @param config in use from now on
   * @param changes whatever component they are for
   * @param broken what is wrong with the file, while {@code config} stays what it was
   */
  public record Reading(
      GyreConfig config, List<ConfigSetting.Change> changes, @Nullable GyreException broken) {
    public Reading {
      changes = List.copyOf(changes);
    }
  }

  private final @Nullable Home home;
  private final ReentrantLock reading = new ReentrantLock();
  private final List<Consumer<Reading>> listeners = new CopyOnWriteArrayList<>();
  private final List<Runnable> signalled = new CopyOnWriteArrayList<>();
  private volatile GyreConfig current;

  // Below: held by the lock.
  private GyreConfig started;
  private @Nullable GyreException broken;
  private String brokenText = "";
  private String changed = "";
  private long changedEpochMs;
  private long reads;
  private @Nullable Component component;
  private ConfigWatch.@Nullable Watching watching;

  private LiveConfig(
      @Nullable Home home, GyreConfig current, @Nullable GyreException broken, String brokenText) {
    this.home = home;
    this.current = current;
    this.started = current;
    this.broken = broken;
    this.brokenText = brokenText;
  }

  /** One that never changes. */
  public static LiveConfig fixed(GyreConfig config) {
    return new LiveConfig(null, config, null, "");
  }

  /**
   * What the file says now, or where it is broken the last good configuration.
   *
   * @throws GyreException INVALID with every problem, where there is no last good one either
   */
  static LiveConfig open(Home home) {
    String text = "";
    try {
      text = GyreConfig.read(home.configFile());
      GyreConfig config = GyreConfig.parse(home.configFile().toString(), text);
      return new LiveConfig(home, config, null, "");
    } catch (GyreException e) {
      if (!Files.exists(home.lastGoodConfigFile())) {
        throw e;
      }
      try {
        return new LiveConfig(home, GyreConfig.load(home.lastGoodConfigFile()), e, text);
      } catch (GyreException older) {
        // Not good for this version.
        throw e;
      }
    }
  }

  /** Good at the time of the call; ask again rather than keep it. */
  public GyreConfig current() {
    return current;
  }

  /** Called after each reading that brought something new, one call at a time. */
  public void onReading(Consumer<Reading> listener) {
    listeners.add(listener);
  }

  /** Called after each reading that SIGHUP asked for. */
  public void onSignal(Runnable listener) {
    signalled.add(listener);
  }

  /** From now on it is read again; only who holds the component's lock may call. */
  void begin(Component self) {
    Home from = home;
    if (from == null) {
      return;
    }
    reading.lock();
    try {
      component = self;
      if (broken != null) {
        reportBroken(broken);
      }
    } finally {
      reading.unlock();
    }
    Hangup.onSignal(
        () -> {
          log.info("reading {} again, as SIGHUP asks", from.configFile());
          readAgain();
          signalled.forEach(Runnable::run);
        });
    ConfigWatch.Watching watch = ConfigWatch.start(from.configFile(), this::readAgain);
    // It may have changed before the watch began.
    readAgain();
    reading.lock();
    try {
      watching = watch;
      started = current;
      note(from);
    } finally {
      reading.unlock();
    }
  }

  /** Watches the file no more; a process does so as long as it lives. */
  @Override
  public void close() {
    ConfigWatch.Watching watch;
    reading.lock();
    try {
      watch = watching;
      watching = null;
    } finally {
      reading.unlock();
    }
    if (watch != null) {
      watch.close();
    }
  }

  /** Reads the file and makes it the current configuration, if it is good. */
  void readAgain() {
    Home from = home;
    if (from == null) {
      return;
    }
    reading.lock();
    try {
      reads++;
      String text = "";
      try {
        text = GyreConfig.read(from.configFile());
        GyreConfig config = GyreConfig.parse(from.configFile().toString(), text);
        good(from, config, text);
      } catch (GyreException e) {
        if (broken == null || !text.equals(brokenText)) {
          broken = e;
          brokenText = text;
          reportBroken(e);
          tell(new Reading(current, List.of(), e));
        }
      }
      note(from);
    } finally {
      reading.unlock();
    }
  }

  private void good(Home from, GyreConfig config, String text) {
    List<ConfigSetting.Change> changes = ConfigSetting.changes(current, config);
    boolean mended = broken != null;
    broken = null;
    brokenText = "";
    if (mended) {
      log.info("{} is good again", from.configFile());
    }
    current = config;
    keepAsGood(from, text);
    if (!changes.isEmpty()) {
      List<ConfigSetting.Change> own = changes.stream().filter(this::isOwn).toList();
      changed = lines(own);
      changedEpochMs = System.currentTimeMillis();
      for (ConfigSetting.Change change : own) {
        log.info(
            "configuration changed: {}{}",
            change.text(),
            change.setting().live() ? "" : "; takes effect with the next start");
      }
    }
    if (mended || !changes.isEmpty()) {
      tell(new Reading(config, changes, null));
    }
  }

  private boolean isOwn(ConfigSetting.Change change) {
    return component != null && change.setting().components().contains(component);
  }

  private void tell(Reading news) {
    for (Consumer<Reading> listener : listeners) {
      try {
        listener.accept(news);
      } catch (RuntimeException e) {
        log.error("a change of the configuration was not taken up", e);
      }
    }
  }

  private void reportBroken(GyreException e) {
    log.error(
        "{} is broken; the last good configuration stays in use\n{}", fileName(), problems(e));
  }

  private String fileName() {
    return home == null ? "" : home.configFile().toString();
  }

  private static String problems(GyreException e) {
    return e.violations().isEmpty()
        ? String.valueOf(e.getMessage())
        : e.violations().stream().map(Violation::text).collect(Collectors.joining("\n"));
  }

  private static String lines(List<ConfigSetting.Change> changes) {
    return changes.stream().map(ConfigSetting.Change::text).collect(Collectors.joining("\n"));
  }

  private void note(Home to) {
    Component self = component;
    if (self == null) {
      return;
    }
    String restart =
        lines(
            ConfigSetting.changes(started, current).stream()
                .filter(change -> !change.setting().live() && isOwn(change))
                .toList());
    try {
      new ConfigNote(
              self,
              ProcessHandle.current().pid(),
              reads,
              fileName(),
              broken == null ? "" : problems(broken),
              changed,
              changedEpochMs,
              restart)
          .write(to);
    } catch (GyreException e) {
      log.warn("{}", e.getMessage());
    }
  }

  /** Every component does it, with the same text. */
  private static void keepAsGood(Home home, String text) {
    Path file = home.lastGoodConfigFile();
    try {
      boolean kept = Files.exists(file);
      if (kept ? !Files.readString(file).equals(text) : !text.isEmpty()) {
        FileText.write(file, text, true);
      }
    } catch (GyreException | IOException e) {
      log.warn("the good configuration was not kept for a later start: {}", e.getMessage());
    }
  }
}
