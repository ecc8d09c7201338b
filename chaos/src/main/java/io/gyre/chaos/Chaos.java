package io.gyre.chaos;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * One run: starts a Gyre of its own, puts it under load, makes faults in rounds and checks.
 *
 * <pre>
 * round = choose 1-7 faults ─▶ make ─▶ hold ─▶ heal ─▶ wait until all is well (recovery time) ─▶ pause
 * </pre>
 *
 * The seed decides which faults, victims and pauses; it can't decide what the machine does
 * meanwhile.
 */
final class Chaos {
  private static final int MOST_AT_ONCE = 7;
  private static final long STILL_NANOS = 4_000_000_000L;

  private final Options options;
  private final Table table = new Table();

  Chaos(Options options) {
    this.options = options;
  }

  /** Whether all promises were kept. */
  boolean run() throws Exception {
    if (!Shell.run(Shell.python(), "-c", "import fcntl, json, sqlite3").ok()) {
      throw new Options.UsageException(
          "Python 3 with its module sqlite3 is needed: install python3");
    }
    if (!Shell.run("id", "-u").out().strip().equals("0")) {
      throw new Options.UsageException("only root can mount and kill what is needed");
    }
    Lab lab = Lab.create(options);
    System.out.println("seed " + options.seed() + ", working in " + lab.base);
    Ledger ledger = new Ledger(lab.base.resolve("history.log"));
    ledger.note("seed " + options.seed());
    String run = Long.toString(options.seed()) + "-" + ProcessHandle.current().pid();
    Tidying tidying = new Tidying(lab, run);
    Engine engine = null;
    boolean good = false;
    try {
      String noEngine = options.docker() ? Engine.missing() : "--no-docker";
      if (noEngine.isEmpty()) {
        engine = Engine.start(lab);
        tidying.alsoEnds(engine);
      } else {
        System.out.println("without containers: " + noEngine);
      }
      good = run(lab, run, ledger, engine);
    } finally {
      tidying.tidy(!good || options.keep());
      ledger.close();
      if (good && !options.keep()) {
        lab.delete();
      } else {
        System.out.println("kept for a look: " + lab.base);
      }
    }
    return good;
  }

  private boolean run(Lab lab, String run, Ledger ledger, @Nullable Engine engine)
      throws Exception {
    Workloads workloads = new Workloads(run, lab, engine != null);
    Gyre gyre = new Gyre(options.root(), lab.home);
    configure(lab, gyre, engine);
    Reality reality = new Reality(run);
    Starts starts = new Starts(lab.evidence.resolve("starts/log"), ledger);
    Expectations expectations = new Expectations();
    String noClock = ClockFaults.prepare(lab, gyre);
    if (!noClock.isEmpty()) {
      System.out.println(noClock);
    }
    Scene scene =
        new Scene(
            lab, gyre, engine, ledger, reality, starts, workloads, expectations, noClock.isEmpty());
    List<Fault> faults = Catalogue.weighted(Catalogue.of(scene, options));
    gyre.up();
    Sampler sampler = new Sampler(reality, workloads, ledger);
    Load load = new Load(workloads, starts, ledger);
    Writer writer =
        new Writer(
            gyre, workloads, starts, ledger, lab.evidence.resolve("writes"), options.seed() + 1);
    Watcher watcher = new Watcher(gyre, ledger);
    Components components = new Components(gyre, ledger);
    try {
      deploy(gyre, workloads);
      Checker checker =
          new Checker(
              new Gyre(options.root(), lab.home), new Reality(run), workloads, expectations);
      awaitWell(checker, writer, ledger, gyre, Duration.ofSeconds(60));
      sampler.start();
      load.start();
      watcher.start();
      writer.start();
      components.start();
      if (options.soak()) {
        Soak soak = new Soak(gyre);
        soak.watch(System.nanoTime() + options.length().toNanos());
        System.out.println("\n" + soak.text());
      } else {
        rounds(scene, faults, checker, writer);
      }
      components.stop();
      writer.stop();
      Epilogue epilogue = new Epilogue(scene, writer, watcher);
      ledger.note("the end is checked");
      epilogue.check();
      load.stop();
      sampler.stop();
      epilogue.removeAll();
      System.out.println(
          "\n"
              + table.text()
              + "\n"
              + writer.summary()
              + "; "
              + watcher.seen().size()
              + " events watched over "
              + watcher.resumptions()
              + " resumptions; "
              + load.answered()
              + " client requests answered, "
              + load.broken()
              + " connections lost with what the harness killed; "
              + starts.total()
              + " starts; "
              + sampler.looks()
              + " looks for twins");
    } catch (IOException | RuntimeException e) {
      StringWriter trace = new StringWriter();
      e.printStackTrace(new PrintWriter(trace));
      ledger.violation("broke off", "the run broke off: " + trace);
    } finally {
      writer.stop();
      watcher.stop();
      load.stop();
      components.stop();
      sampler.stop();
    }
    return verdict(ledger);
  }

  private boolean verdict(Ledger ledger) {
    List<String> violations = ledger.violations();
    System.out.println("\n" + table.faults() + " faults, " + violations.size() + " violations");
    if (!violations.isEmpty()) {
      violations.forEach(violation -> System.out.println("  " + violation));
      System.out.println("\nwhat happened last:");
      ledger.tail().forEach(System.out::println);
    }
    System.out.println(
        "to run it again: gyre chaos --seed "
            + options.seed()
            + " --minutes "
            + String.format(Locale.ROOT, "%.2f", options.length().toMillis() / 60_000.0)
            + (options.docker() ? "" : " --no-docker")
            + (options.faults().isEmpty()
                ? ""
                : " --faults " + String.join(",", options.faults())));
    return violations.isEmpty();
  }

  private static void configure(Lab lab, Gyre gyre, @Nullable Engine engine) throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    Files.writeString(
        gyre.home.resolve("gyre.yaml"),
        """
        api: { port: %d }
        reconciler: { keep_events: 1000000 }
        """
                .formatted(port)
            + (engine == null
                ? "runtime: { settings: { docker: { host: \"unix:///nowhere\" } } }\n"
                : "runtime: { settings: { docker: { host: \"" + engine.address() + "\" } } }\n"));
    gyre.setEnvironment("GYRE_FAILPOINTS", lab.failpoints.toString());
  }

  private void deploy(Gyre gyre, Workloads workloads) throws Exception {
    String manifest = workloads.manifest();
    for (int i = 0; ; i++) {
      Gyre.Answer answer = gyre.call("POST", "/v1/apply", "application/yaml", manifest);
      if (answer.ok()) {
        return;
      }
      // A runtime announces itself a moment after the start.
      if (i > 50) {
        throw new IllegalStateException("the manifest is refused: " + answer.body() + manifest);
      }
      Shell.pause(200);
    }
  }

  private void rounds(Scene scene, List<Fault> faults, Checker checker, Writer writer)
      throws Exception {
    long end = System.nanoTime() + options.length().toNanos();
    long reported = System.nanoTime();
    for (long round = 0; System.nanoTime() < end; round++) {
      Random random = new Random(options.seed() * 1_000_003 + round);
      random.nextLong();
      List<Fault> chosen = choose(faults, random);
      if (!round(scene, chosen, random, checker, writer)) {
        scene.ledger().violation("sick", "it does not get well any more");
        return;
      }
      Shell.pause(random.nextInt(200));
      if (System.nanoTime() - reported > 60_000_000_000L) {
        reported = System.nanoTime();
        System.out.println(
            scene.ledger().elapsed().toSeconds()
                + " s: "
                + table.faults()
                + " faults, "
                + scene.ledger().violations().size()
                + " violations");
      }
    }
  }

  private static List<Fault> choose(List<Fault> faults, Random random) {
    List<Fault> chosen = new ArrayList<>();
    chosen.add(faults.get(random.nextInt(faults.size())));
    int more = random.nextInt(MOST_AT_ONCE);
    for (int i = 0; i < more; i++) {
      Fault next = faults.get(random.nextInt(faults.size()));
      if (chosen.stream().noneMatch(next::collidesWith)) {
        chosen.add(next);
      }
    }
    return chosen;
  }

  /** Whether it is well again, so that it makes sense to go on. */
  private boolean round(
      Scene scene, List<Fault> chosen, Random random, Checker checker, Writer writer)
      throws Exception {
    Ledger ledger = scene.ledger();
    int before = ledger.violations().size();
    List<Fault.Made> made = new ArrayList<>();
    long hold = 0;
    for (Fault fault : chosen) {
      Fault.Made now = fault.maker().make(new Random(random.nextLong()));
      ledger.note(fault.name() + (now.detail().isEmpty() ? "" : ": " + now.detail()));
      made.add(now);
      hold = Math.max(hold, now.holdMs());
    }
    heal(ledger, chosen, made, hold);
    long healed = System.nanoTime();
    Duration bound = chosen.stream().map(Fault::bound).max(Duration::compareTo).orElseThrow();
    List<String> left = awaitWell(checker, writer, ledger, scene.gyre(), bound);
    long recovery = (System.nanoTime() - healed) / 1_000_000;
    scene.starts().refresh();
    if (!left.isEmpty()) {
      ledger.violation(
          "bound " + healed,
          "not well " + bound.toSeconds() + " s after " + names(chosen) + ": " + left);
      left = awaitWell(checker, writer, ledger, scene.gyre(), Duration.ofMinutes(2));
      ledger.note(left.isEmpty() ? "well at last" : "still not well: " + left);
    } else {
      ledger.note("well after " + recovery + " ms");
    }
    int found = ledger.violations().size() - before;
    for (Fault fault : chosen) {
      table.add(fault.name(), recovery, found);
    }
    return left.isEmpty();
  }

  private static String names(List<Fault> chosen) {
    return String.join(" and ", chosen.stream().map(Fault::name).toList());
  }

  /** Each when its own time is over; the one that lasts longest last. */
  private static void heal(Ledger ledger, List<Fault> chosen, List<Fault.Made> made, long hold)
      throws Exception {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < made.size(); i++) {
      order.add(i);
    }
    order.sort((a, b) -> Long.compare(made.get(a).holdMs(), made.get(b).holdMs()));
    long start = System.nanoTime();
    for (int i : order) {
      long left = made.get(i).holdMs() - (System.nanoTime() - start) / 1_000_000;
      Shell.pause(Math.max(0, left));
      made.get(i).healing().heal();
      if (hold > 0) {
        ledger.note(chosen.get(i).name() + " healed");
      }
    }
  }

  /** What still differs at the end of the time; empty as soon as all is well. */
  private static List<String> awaitWell(
      Checker checker, Writer writer, Ledger ledger, Gyre gyre, Duration bound) {
    long told = System.nanoTime();
    List<String> noted = List.of();
    long end = System.nanoTime() + bound.toNanos();
    Map<String, Writer.Wanted> wanted = writer.pause();
    try {
      while (true) {
        List<String> differences = checker.differences(wanted);
        if (differences.isEmpty() || System.nanoTime() > end) {
          return differences;
        }
        if (System.nanoTime() - told > STILL_NANOS) {
          told = System.nanoTime();
          if (differences.contains("supervisor is not ready")) {
            gyre.upSoon();
          }
          if (!differences.equals(noted)) {
            noted = differences;
            ledger.note("not yet well: " + differences);
          }
        }
        Shell.pause(50);
      }
    } finally {
      writer.resume();
    }
  }
}
