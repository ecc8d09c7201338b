package io.gyre.runtime.host.plugin;

import io.gyre.model.Failpoints;
import io.gyre.model.GyreException;
import io.gyre.model.PluginChange;
import io.gyre.model.PluginInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens to runtimes when jars come and go, and when somebody wants an earlier one back.
 *
 * <pre>
 * file ─▶ taken in ─▶ loaded ─▶ opened, sees every instance ─▶ flip ─▶ noted as the one that serves
 *            │           │                  │                    └──▶ old one drained, closed, unloaded
 *            └───────────┴──────────────────┴─▶ rejected: nothing has changed
 * </pre>
 *
 * A process that dies before it noted the new one begins again with the old one. Any thread; one
 * change at a time.
 */
final class Swaps {
  private static final Logger log = LoggerFactory.getLogger(Swaps.class);

  private final Map<String, RuntimeSlot> slots;
  private final PluginIntake intake;
  private final PluginHistory history;
  private final PluginRows rows;
  private final SwapLimits limits;
  private final LoaderWatch loaders;
  private final SlotListener listener;
  private final Function<PluginGeneration, RuntimeSlot> slotMaker;
  private final ReentrantLock changing = new ReentrantLock();
  private final Set<Path> whenReady = new HashSet<>();
  private volatile List<PluginInfo> infos = List.of();

  Swaps(
      Map<String, RuntimeSlot> slots,
      PluginIntake intake,
      PluginHistory history,
      PluginRows rows,
      SwapLimits limits,
      LoaderWatch loaders,
      SlotListener listener,
      Function<PluginGeneration, RuntimeSlot> slotMaker) {
    this.slots = slots;
    this.intake = intake;
    this.history = history;
    this.rows = rows;
    this.limits = limits;
    this.loaders = loaders;
    this.listener = listener;
    this.slotMaker = slotMaker;
  }

  /** Of all jars, as they were reported last. */
  List<PluginInfo> infos() {
    return infos;
  }

  /** Has the sole right to change plugins until it is given back. */
  ReentrantLock changing() {
    return changing;
  }

  /** Notes durably what serves and tells of it. */
  void publish() {
    history.save();
    infos = rows.all(slots.values());
    listener.plugins(infos);
  }

  /**
   * A jar in the user's directory is new, changed or gone.
   *
   * @return whether to look again soon since it isn't complete yet
   */
  boolean look(Path file, boolean last) {
    changing.lock();
    try {
      if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        gone(file);
        return false;
      }
      take(file);
    } catch (PluginRejected e) {
      if (e.again() == PluginRejected.Again.SOON && !last) {
        return true;
      }
      if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        reject(file, e);
      } else {
        gone(file);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      changing.unlock();
    }
    return false;
  }

  /** Looks again at what could not be tried while its runtime was away. */
  void lookAgain() {
    List<Path> files;
    changing.lock();
    try {
      files = List.copyOf(whenReady);
      whenReady.clear();
    } finally {
      changing.unlock();
    }
    files.forEach(file -> look(file, true));
  }

  private void gone(Path file) {
    rows.clear(file);
    history.unpass(file);
    whenReady.remove(file);
    for (RuntimeSlot slot : slots.values()) {
      if (slot.jar().source().equals(file)) {
        log.warn(
            "{} is gone; {} serves runtime {} until this process starts again",
            file,
            slot.jar().text(),
            slot.name());
      }
    }
    publish();
  }

  private void take(Path file) throws PluginRejected, InterruptedException {
    PluginJar jar = intake.user(file);
    Optional<RuntimeSlot> serving =
        slots.values().stream()
            .filter(slot -> slot.jar().sha256().equals(jar.sha256()))
            .findFirst();
    if (serving.isPresent()) {
      rows.clear(file);
      whenReady.remove(file);
      publish();
      return;
    }
    Optional<PluginHistory.Passed> passed = history.passed(file, jar.sha256());
    if (passed.isPresent()) {
      log.info("{} stays aside; put it there again to have it", file);
      rows.putAside(file, jar, runtimeOf(jar));
      publish();
      return;
    }
    hit("host.swap.copied");
    PluginGeneration generation = PluginGeneration.load(jar, limits);
    serve(file, jar, generation);
  }

  private String runtimeOf(PluginJar jar) {
    return slots.values().stream()
        .filter(slot -> slot.jar().id().equals(jar.id()))
        .map(RuntimeSlot::name)
        .findFirst()
        .orElse(jar.id());
  }

  private void serve(Path file, PluginJar jar, PluginGeneration generation)
      throws PluginRejected, InterruptedException {
    try {
      hit("host.swap.loaded");
    } catch (PluginRejected e) {
      discard(generation);
      throw e;
    }
    String runtime = generation.description().name();
    RuntimeSlot slot = slots.get(runtime);
    if (slot == null) {
      slot = slotMaker.apply(generation);
      slots.put(runtime, slot);
      log.info("loaded runtime {}: {} from {}", runtime, jar.text(), file);
      slot.start();
      flipped(file, runtime, jar, null);
      news(
          PluginChange.LOADED,
          "runtime " + runtime + " is new: " + jar.text() + " from " + file + signed(jar),
          "");
      return;
    }
    PluginJar old = slot.jar();
    slot.replace(generation);
    hitAfter("host.swap.after_flip");
    flipped(file, runtime, jar, old);
    news(
        PluginChange.SWAPPED,
        "runtime "
            + runtime
            + ": "
            + old.text()
            + " -> "
            + jar.text()
            + " from "
            + file
            + signed(jar),
        "");
  }

  private void flipped(Path file, String runtime, PluginJar jar, @Nullable PluginJar old) {
    rows.clear(file);
    whenReady.remove(file);
    if (old != null && !old.source().equals(file)) {
      setAside(runtime, old, false);
    }
    history.serves(PluginHistory.Good.of(runtime, jar));
    rows.serves(runtime);
    publish();
  }

  /** Where its file still holds it. */
  private void setAside(String runtime, PluginJar jar, boolean rolledBack) {
    try {
      if (PluginIntake.digest(jar.source()).equals(jar.sha256())) {
        history.pass(jar.source(), jar.sha256(), rolledBack);
        rows.putAside(jar.source(), jar, runtime);
      }
    } catch (IOException e) {
      log.debug("{} is gone", jar.source());
    }
  }

  /**
   * Brings back what served the runtime before, by the same steps.
   *
   * @param from digest of what must serve now
   * @param actor who asks
   */
  void rollBack(String runtime, String from, String actor, String correlation) {
    changing.lock();
    try {
      news(PluginChange.ROLLED_BACK, back(runtime, from) + ", as " + actor + " asked", correlation);
    } catch (PluginRejected e) {
      log.warn("runtime {} was not rolled back: {}", runtime, e.reason());
      news(
          PluginChange.ROLLBACK_FAILED,
          "runtime " + runtime + " was not rolled back: " + e.reason(),
          correlation);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      changing.unlock();
    }
  }

  private String back(String runtime, String from) throws PluginRejected, InterruptedException {
    RuntimeSlot slot = slots.get(runtime);
    if (slot == null) {
      throw new PluginRejected("there is no such runtime");
    }
    PluginJar old = slot.jar();
    if (!old.sha256().equals(from)) {
      throw new PluginRejected("by now " + old.text() + " serves it");
    }
    PluginHistory.Good target =
        history
            .before(runtime)
            .orElseThrow(
                () -> new PluginRejected("there is nothing before " + old.text() + " to go to"));
    PluginJar jar;
    try {
      jar = intake.kept(target.sha256(), target.source(), target.shipped());
    } catch (PluginRejected e) {
      history.forget(target);
      publish();
      throw new PluginRejected(target.version() + " is no longer usable: " + e.reason());
    }
    hit("host.swap.copied");
    PluginGeneration generation = PluginGeneration.load(jar, limits);
    try {
      hit("host.swap.loaded");
      if (!generation.description().name().equals(runtime)) {
        throw new PluginRejected("it is for runtime " + generation.description().name());
      }
    } catch (PluginRejected e) {
      discard(generation);
      throw e;
    }
    slot.replace(generation);
    hitAfter("host.swap.after_flip");
    history.forget(PluginHistory.Good.of(runtime, old));
    setAside(runtime, old, true);
    history.serves(PluginHistory.Good.of(runtime, jar));
    rows.serves(runtime);
    publish();
    return "runtime " + runtime + ": back from " + old.text() + " to " + jar.text();
  }

  /** Not without the lock. */
  void reject(Path file, PluginRejected why) {
    if (why.again() == PluginRejected.Again.WHEN_READY) {
      whenReady.add(file);
    }
    if (rows.reject(file, digest(file), why.reason())) {
      log.warn("{} was rejected: {}", file, why.reason());
      news(PluginChange.REJECTED, file + " was rejected: " + why.reason(), "");
    }
    publish();
  }

  private static String digest(Path file) {
    try {
      return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
              && Files.size(file) <= PluginIntake.LARGEST
          ? PluginIntake.digest(file)
          : "";
    } catch (IOException e) {
      return "";
    }
  }

  /** Not without the lock. */
  void discard(PluginGeneration generation) {
    try {
      generation.retire(java.time.Duration.ZERO);
      loaders.unloaded(generation.jar(), generation.loader());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  void news(PluginChange change, String message, String correlation) {
    if (!change.bad()) {
      log.info("{}", message);
    }
    listener.news(change, message, correlation);
  }

  private static String signed(PluginJar jar) {
    return jar.signedBy() == null ? ", not signed" : ", signed by " + jar.signedBy();
  }

  private static void hit(String failpoint) throws PluginRejected {
    try {
      Failpoints.hit(failpoint);
    } catch (GyreException e) {
      throw new PluginRejected(String.valueOf(e.getMessage()));
    }
  }

  private static void hitAfter(String failpoint) {
    try {
      Failpoints.hit(failpoint);
    } catch (GyreException e) {
      log.warn("{}", e.getMessage());
    }
  }
}
