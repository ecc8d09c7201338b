package io.gyre.runtime.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gyre.runtime.spi.InstanceExec;
import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.InstanceStatus.State;
import io.gyre.runtime.spi.RestartPolicy;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.WorkloadRuntime;
import io.gyre.runtime.testkit.Await;
import io.gyre.runtime.testkit.TestRuntimeContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** What units of systemd add: a guard for keepers, a journal, and others who may stop them. */
@EnabledIf(value = "systemdRuns", disabledReason = UnitsTest.WHY)
final class UnitsTest extends ProcessFixtureTest {
  static final String WHY = "systemd doesn't run this machine; the module systemd runs this in one";

  static boolean systemdRuns() {
    return Files.isDirectory(Path.of("/run/systemd/system"));
  }

  @Override
  Map<String, String> settings() {
    return Map.of("systemd", "on");
  }

  private static String run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("end of %s", List.of(command)).isTrue();
    return text.strip();
  }

  private static String property(String unit, String name) throws Exception {
    return run("systemctl", "show", "--value", "-p", name, unit);
  }

  private static String cgroup(long pid) throws Exception {
    return Files.readString(Path.of("/proc/" + pid + "/cgroup"));
  }

  @Test
  void eachKeeperIsTheMainProcessOfAUnitOfItsOwn() throws Exception {
    InstanceSpec spec = fixture.spec(sleeping()).build();
    InstanceStatus status = fixture.runtime().start(spec);
    String unit = Units.name(spec.id());
    assertThat(unit).isEqualTo("gyre-w-" + spec.id() + ".service");
    assertThat(property(unit, "MainPID")).isEqualTo(Long.toString(keeper(spec.id()).pid()));
    assertThat(property(unit, "Description")).contains("testing/contract").contains(spec.id());
    assertThat(property(unit, "Slice")).isEqualTo("gyre-workloads.slice");
    assertThat(property(unit, "TasksMax")).isEqualTo("infinity");
    assertThat(cgroup(main(status).pid())).contains("gyre-workloads.slice/" + unit);

    ByteArrayOutputStream out = new ByteArrayOutputStream();
    fixture
        .ability(InstanceExec.class)
        .exec(
            spec.id(),
            List.of("cat", "/proc/self/cgroup"),
            InputStream.nullInputStream(),
            out,
            OutputStream.nullOutputStream());
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("gyre-workloads.slice/" + unit);

    fixture.runtime().stop(spec.id());
    fixture.runtime().remove(spec.id());
    assertThat(property(unit, "LoadState")).isEqualTo("not-found");
  }

  @Test
  void aKilledKeeperIsStartedAgainWithoutAnyHost() throws Exception {
    InstanceSpec spec = fixture.spec(sleeping()).build();
    InstanceStatus before = fixture.runtime().start(spec);
    fixture.closeGeneration();
    ProcessIdentity first = keeper(spec.id());
    first.kill();
    awaitLine(spec.id(), line -> !line.keeper().equals(first) && line.main().isPresent());
    assertThat(main(before).alive()).isTrue();
    assertThat(keeperCount(spec.id())).isPositive();

    // What it keeps now it also starts again, and its keeper may be killed again.
    main(before).kill();
    Journal.Line again =
        awaitLine(spec.id(), line -> line.restarts() == 1 && line.main().isPresent());
    ProcessIdentity second = keeper(spec.id());
    second.kill();
    awaitLine(spec.id(), line -> !line.keeper().equals(second) && line.main().isPresent());
    fixture.runtime();
    InstanceStatus after = fixture.status(spec.id());
    assertThat(after.pid()).isEqualTo(again.pid());
    assertThat(after.restarts()).isEqualTo(1);
    assertThat(Objects.requireNonNull(after.lastExit()).code()).isEqualTo(-1);
    assertThat(fixture.runtime().stop(spec.id()).orElseThrow().state()).isEqualTo(State.STOPPED);
    assertThat(fixture.processes()).isEmpty();
  }

  /** After a daemon-reload systemd goes by the file that it wrote about the unit. */
  @Test
  void theGuardOutlivesAReloadOfSystemd() throws Exception {
    InstanceSpec spec = fixture.spec(sleeping()).build();
    InstanceStatus before = fixture.runtime().start(spec);
    fixture.closeGeneration();
    run("systemctl", "daemon-reload");
    run("systemctl", "daemon-reexec");
    ProcessIdentity first = keeper(spec.id());
    first.kill();
    awaitLine(spec.id(), line -> !line.keeper().equals(first) && line.main().isPresent());
    assertThat(fixture.status(spec.id()).pid()).isEqualTo(before.pid());
  }

  @Test
  void aUnitThatIsKilledAsAWholeIsStartedAgainWithoutAnyHost() throws Exception {
    InstanceSpec spec = fixture.spec(new HostWorkloads().spawnsChildren()).build();
    InstanceSpec once = fixture.spec(sleeping()).restart(RestartPolicy.NEVER).build();
    fixture.runtime().start(spec);
    fixture.runtime().start(once);
    fixture.closeGeneration();
    run("systemctl", "kill", "-s", "KILL", Units.name(spec.id()), Units.name(once.id()));
    awaitLine(spec.id(), line -> line.restarts() == 1 && line.main().isPresent());
    Journal.Line end = awaitLine(once.id(), line -> line.event() == Journal.Event.E);
    assertThat(end.exitCode()).isEqualTo(-1);
    assertThat(fixture.awaitState(once.id(), State.EXITED).restarts()).isZero();
    fixture.runtime().stop(spec.id());
    assertThat(fixture.processes()).isEmpty();
  }

  @Test
  void aBackOffIsGoneOnWithByTheNextKeeper() throws Exception {
    InstanceSpec spec =
        fixture
            .spec(sh("exit 3"))
            .restart(
                new RestartPolicy(
                    RestartPolicy.Mode.ALWAYS,
                    Duration.ofSeconds(3),
                    Duration.ofSeconds(3),
                    0,
                    Duration.ofSeconds(10)))
            .build();
    fixture.runtime().start(spec);
    fixture.closeGeneration();
    Journal.Line waiting =
        awaitLine(spec.id(), line -> line.event() == Journal.Event.B && line.row() == 2);
    waiting.keeper().kill();
    Journal.Line taken = awaitLine(spec.id(), line -> !line.keeper().equals(waiting.keeper()));
    assertThat(taken.event()).isEqualTo(Journal.Event.B);
    assertThat(taken.next()).isEqualTo(waiting.next());
    Journal.Line next = awaitLine(spec.id(), line -> line.row() == 3);
    assertThat(next.startedAt()).isGreaterThanOrEqualTo(waiting.next());
    assertThat(next.exitCode()).isEqualTo(3);
  }

  /** Once systemd has given up on it, the host sees to it. */
  @Test
  void aKeeperThatIsKilledOverAndOverLosesNoWorkload() throws Exception {
    InstanceSpec spec = fixture.spec(sleeping()).build();
    InstanceStatus before = fixture.runtime().start(spec);
    fixture.closeGeneration();
    exhaustTheGuard(spec.id());
    assertThat(fixture.status(spec.id()).pid()).isEqualTo(before.pid());
    Await.until(() -> kept(spec.id()), () -> "a keeper of the host's");
    assertThat(fixture.status(spec.id()).pid()).isEqualTo(before.pid());
    assertThat(property(Units.name(spec.id()), "ActiveState")).isEqualTo("active");
    assertThat(fixture.processes()).hasSize(1);
  }

  private boolean kept(String id) throws IOException {
    return Keepers.holder(files(id)).filter(holder -> holder.keeper().alive()).isPresent();
  }

  private void exhaustTheGuard(String id) throws Exception {
    String unit = Units.name(id);
    for (int i = 0; i < 10 && !property(unit, "ActiveState").equals("failed"); i++) {
      ProcessIdentity keeper = keeper(id);
      keeper.kill();
      Await.until(
          () -> !keeper.equals(keeper(id)) || property(unit, "ActiveState").equals("failed"),
          () -> "the next keeper");
    }
    assertThat(property(unit, "ActiveState")).isEqualTo("failed");
  }

  @Test
  void whatSomebodyStopsComesBackAsItsPolicySays() throws Exception {
    InstanceSpec always = fixture.spec(new HostWorkloads().endsSlowly()).build();
    InstanceSpec once = fixture.spec(sleeping()).restart(RestartPolicy.NEVER).build();
    fixture.runtime().start(always);
    fixture.runtime().start(once);
    awaitOutput(always.id(), "ready");
    run("systemctl", "stop", Units.name(always.id()), Units.name(once.id()));
    assertThat(files(always.id()).logs().tail(LogFiles.OUT, 0, -1, 5, 100)).contains("goodbye");
    InstanceStatus back =
        fixture.await(
            always.id(), s -> s.restarts() == 1 && s.state() == State.RUNNING, "its new start");
    assertThat(back.failuresInRow()).isZero();
    InstanceStatus exited = fixture.awaitState(once.id(), State.EXITED);
    assertThat(Objects.requireNonNull(exited.lastExit()).code()).isEqualTo(143);
  }

  @Test
  void whatSomebodyStopsIsStoppedAsAWholeAndStaysSoWithoutAHost() throws Exception {
    InstanceSpec spec = fixture.spec(new HostWorkloads().spawnsChildren()).build();
    fixture.runtime().start(spec);
    fixture.closeGeneration();
    run("systemctl", "stop", Units.name(spec.id()));
    assertThat(fixture.processes()).isEmpty();
    Await.until(
        () -> property(Units.name(spec.id()), "LoadState").equals("not-found"),
        () -> "the end of the unit");
    assertThat(fixture.processes()).isEmpty();
  }

  /** A keeper that hangs is killed by systemd; then nothing of the unit may be left either. */
  @Test
  void aStopThatTakesTooLongSweepsTheUnit() throws Exception {
    InstanceSpec spec = fixture.spec(sleeping()).build();
    fixture.runtime().start(spec);
    String afterwards = property(Units.name(spec.id()), "ExecStopPost");
    String script =
        afterwards.replaceFirst("(?s).*argv\\[]=(.*) after .*", "$1").replaceFirst("^\\S+ ", "");
    String unit = Units.name(fixture.mark() + "-hung");
    run(
        "systemd-run",
        "--collect",
        "--unit=" + unit,
        "-p",
        "KillMode=process",
        "-p",
        "TimeoutStopSec=1s",
        "-p",
        "ExecStopPost=/bin/sh " + script + " after " + unit,
        "sh",
        "-c",
        "trap '' TERM; sleep 86397 & sleep 86397 & while :; do sleep 1; done");
    Path procs =
        Cgroups.ofUnit(Long.parseLong(property(unit, "MainPID")), unit)
            .orElseThrow()
            .resolve("cgroup.procs");
    Await.until(() -> Files.readAllLines(procs).size() >= 3, () -> "its processes");
    run("systemctl", "stop", unit);
    Await.until(() -> !Files.exists(procs), () -> "the end of all its processes");
    assertThat(fixture.status(spec.id()).state()).isEqualTo(State.RUNNING);
  }

  /** As after an upgrade, and after switching it off again. */
  @Test
  void aRunningOneStaysAsItWasStarted() throws Exception {
    InstanceSpec spec = fixture.spec(sleeping()).build();
    InstanceStatus daemon = withoutUnits(runtime -> runtime.start(spec));
    assertThat(files(spec.id()).unit()).isEmpty();
    assertThat(fixture.status(spec.id()).pid()).isEqualTo(daemon.pid());
    killKeeper(spec.id());
    Await.until(() -> kept(spec.id()), () -> "a new keeper");
    assertThat(fixture.status(spec.id()).pid()).isEqualTo(daemon.pid());
    assertThat(files(spec.id()).unit()).isEmpty();

    fixture.runtime().stop(spec.id());
    InstanceStatus inUnit = fixture.runtime().start(spec);
    String unit = Units.name(spec.id());
    assertThat(files(spec.id()).unit()).contains(unit);
    fixture.closeGeneration();

    InstanceStatus again =
        withoutUnits(
            runtime -> {
              assertThat(runtime.start(spec).pid()).isEqualTo(inUnit.pid());
              main(inUnit).kill();
              awaitLine(spec.id(), line -> line.restarts() == 1 && line.main().isPresent());
              assertThat(files(spec.id()).unit()).contains(unit);
              runtime.stop(spec.id());
              return runtime.start(spec);
            });
    assertThat(files(spec.id()).unit()).isEmpty();
    assertThat(property(unit, "LoadState")).isEqualTo("not-found");
    assertThat(fixture.status(spec.id()).pid()).isEqualTo(again.pid());
  }

  /** Systemd's guard has given up, and the next host is told to do without systemd. */
  @Test
  void aHostWithoutUnitsTakesOverWhatIsInOne() throws Exception {
    InstanceSpec spec = fixture.spec(new HostWorkloads().spawnsChildren()).build();
    InstanceStatus before = fixture.runtime().start(spec);
    Await.until(() -> fixture.processes().size() >= 3, () -> "its children");
    fixture.closeGeneration();
    exhaustTheGuard(spec.id());
    InstanceStatus found =
        withoutUnits(
            runtime -> {
              Await.until(() -> !runtime.list().isEmpty() && kept(spec.id()), () -> "a keeper");
              InstanceStatus adopted = runtime.list().getFirst();
              runtime.stop(spec.id());
              return adopted;
            });
    assertThat(found.pid()).isEqualTo(before.pid());
    assertThat(fixture.processes()).isEmpty();
  }

  private interface Use {
    InstanceStatus of(WorkloadRuntime runtime) throws Exception;
  }

  private InstanceStatus withoutUnits(Use use) throws Exception {
    try (TestRuntimeContext context =
            new TestRuntimeContext(
                fixture.stateDirectory(), Map.of("systemd", "off"), fixture.mark());
        WorkloadRuntime runtime = new ProcessRuntimePlugin().open(context)) {
      return use.of(runtime);
    }
  }

  @Test
  void itsLifeIsInTheJournal() throws Exception {
    InstanceSpec spec =
        fixture
            .spec(sh("echo printed; echo the last words >&2; exit 3"))
            .restart(RestartPolicy.NEVER)
            .build();
    fixture.runtime().start(spec);
    fixture.awaitState(spec.id(), State.EXITED);
    String unit = Units.name(spec.id());
    Await.until(
        () -> {
          String journal = run("journalctl", "--no-pager", "-o", "cat", "-u", unit);
          return journal.contains("started, pid ")
              && journal.contains("ended with code 3")
              && journal.contains("the last words");
        },
        () -> "its life");
    assertThat(files(spec.id()).logs().tail(LogFiles.OUT, 0, -1, 5, 100)).contains("printed");
  }

  @Test
  void aUnitOfSomebodyElseIsLeftAlone() throws Exception {
    InstanceSpec spec = fixture.spec(sleeping()).build();
    String unit = Units.name(spec.id());
    run("systemd-run", "--unit=" + unit, "--collect", "sleep", "86396");
    try {
      var runtime = fixture.runtime();
      RuntimeFailure failure =
          catchThrowableOfType(RuntimeFailure.class, () -> runtime.start(spec));
      assertThat(failure).isNotNull();
      assertThat(failure.code()).isEqualTo("unit_taken");
      assertThat(property(unit, "ActiveState")).isEqualTo("active");
      runtime.remove(spec.id());
      assertThat(property(unit, "ActiveState")).isEqualTo("active");
    } finally {
      run("systemctl", "stop", unit);
    }
  }

  @Test
  void stopAndStartInARowNeverMeetTheOldUnit() throws Exception {
    InstanceSpec spec = fixture.spec(sleeping()).build();
    List<Long> pids = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      InstanceStatus status = fixture.runtime().start(spec);
      pids.add(main(status).pid());
      Await.until(() -> fixture.processes().size() == 1, () -> "one; " + fixture.processes());
      fixture.runtime().stop(spec.id());
      assertThat(fixture.processes()).isEmpty();
    }
    assertThat(pids).doesNotHaveDuplicates();
  }

  private Journal.Line awaitLine(String id, Predicate<Journal.Line> predicate) {
    return Await.value(
        () -> Journal.last(journal(id)).filter(predicate),
        () -> {
          try {
            return "a record of " + id + "; the last is " + Journal.last(journal(id));
          } catch (IOException e) {
            return e.toString();
          }
        });
  }

  private void awaitOutput(String id, String line) {
    LogFiles logs = files(id).logs();
    Await.until(
        () -> logs.tail(LogFiles.OUT, 0, -1, 100, 500).contains(line), () -> "output " + line);
  }
}
