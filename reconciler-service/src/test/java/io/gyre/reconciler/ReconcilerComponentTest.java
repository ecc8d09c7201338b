package io.gyre.reconciler;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.gyre.messages.Message;
import io.gyre.model.BoundPort;
import io.gyre.model.DeploymentKey;
import io.gyre.model.ErrorKind;
import io.gyre.model.EventRecord;
import io.gyre.model.ExitRecord;
import io.gyre.model.HealthCheck;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceObservation;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.model.ObservedState;
import io.gyre.model.PluginChange;
import io.gyre.model.PluginInfo;
import io.gyre.model.PortMapping;
import io.gyre.model.RuntimeInfo;
import io.gyre.store.EventQuery;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReconcilerComponentTest {
  @TempDir Path directory;
  private ReconcilerFixture gyre;

  @BeforeEach
  void open() {
    gyre = new ReconcilerFixture(directory);
  }

  @AfterEach
  void close() {
    gyre.close();
  }

  @Test
  void whatIsWantedRunsAndIsExplained() {
    gyre.want("a", 2);
    gyre.awaitPhase("running 2/2");
    assertThat(gyre.rows()).extracting(InstanceRecord::ordinal).containsExactlyInAnyOrder(0, 1);
    assertThat(gyre.rows()).extracting(InstanceRecord::correlation).containsOnly("c-user");
    assertThat(gyre.reasons())
        .contains(
            "planned_create", "instance_started", "deployment_creating", "deployment_running");
    gyre.await(
        () -> gyre.told().stream().anyMatch(m -> m instanceof Message.StateChanged),
        "watchers are told");
  }

  @Test
  void scalingKeepsTheSurvivors() {
    gyre.want("a", 3);
    gyre.awaitPhase("running 3/3");
    Set<Long> before = pids();
    gyre.want("a", 5);
    gyre.awaitPhase("running 5/5");
    assertThat(pids()).containsAll(before);
    gyre.want("a", 2);
    gyre.awaitPhase("running 2/2");
    assertThat(before).containsAll(pids());
    gyre.want("a", 0);
    gyre.awaitPhase("stopped 0/0");
  }

  @Test
  void aNewRevisionReplacesTheOldOneWithoutAGap() {
    gyre.want("a", 2);
    gyre.awaitPhase("running 2/2");
    gyre.want("b", 2);
    gyre.await(
        () ->
            gyre.phase().equals("running 2/2")
                && gyre.rows().stream().allMatch(row -> row.revision() == 2),
        "revision 2 runs");
    List<Message.Command> commands = gyre.commands();
    int live = 0;
    for (Message.Command command : commands) {
      if (command instanceof Message.StartInstance) {
        live++;
      } else if (command instanceof Message.RemoveInstance) {
        live--;
      }
      if (commands.indexOf(command) > 1) {
        assertThat(live).isBetween(2, 3);
      }
    }
  }

  @Test
  void aRevisionThatCannotStartIsRolledBackAndTheServingOneStays() {
    gyre.want("a", 2);
    gyre.awaitPhase("running 2/2");
    gyre.await(() -> gyre.rollout(1).equals("complete"), "revision 1 is known to be healthy");
    Set<Long> before = pids();
    gyre.failure = failure(ErrorKind.RUNTIME, false);
    gyre.want("b", 2);
    gyre.await(() -> gyre.rollout(2).equals("rolled_back"), "revision 2 is rolled back");
    gyre.awaitPhase("running 2/2");
    assertThat(pids()).isEqualTo(before);
    assertThat(gyre.rows()).allSatisfy(row -> assertThat(row.revision()).isEqualTo(1));
    assertThat(Objects.requireNonNull(gyre.status()).message())
        .contains("revision 2 was rolled back to 1")
        .contains("no such image");
    assertThat(gyre.reasons()).containsOnlyOnce("rollout_rolled_back");
    gyre.await(
        () -> gyre.told().stream().anyMatch(Message.RolledBack.class::isInstance),
        "the API is told");

    gyre.restartReconciler();
    gyre.askRestart();
    gyre.await(() -> !pids().equals(before), "the serving revision is looked after as before");
    assertThat(gyre.rows()).allSatisfy(row -> assertThat(row.revision()).isEqualTo(1));

    gyre.failure = null;
    gyre.wantRevision(1);
    gyre.await(
        () ->
            Objects.requireNonNull(gyre.status()).message() == null
                && gyre.rollout(1).equals("complete"),
        "the API followed");
    gyre.want("c", 2);
    gyre.await(() -> gyre.rollout(3).equals("complete"), "the next revision is rolled out");
  }

  @Test
  void noRevisionIsBlamedForAnEngineThatIsAway() {
    gyre.want("a", 1);
    gyre.await(() -> gyre.rollout(1).equals("complete"), "revision 1 is known to be healthy");
    gyre.failure = failure(ErrorKind.UNAVAILABLE, false);
    gyre.want("b", 1);
    gyre.await(() -> gyre.phase().startsWith("failed"), "the failure is shown");
    assertThat(gyre.rollout(2)).isEqualTo("progressing");
    gyre.failure = null;
    gyre.fact(new Message.RuntimeChanged(ready()));
    gyre.await(() -> gyre.rollout(2).equals("complete"), "it goes on");
  }

  @Test
  void aReportOfTheRuntimeLeavesWhatBacksOffAlone() {
    gyre.want("a", 1);
    gyre.awaitPhase("running 1/1");
    InstanceObservation seen = restarted(gyre.row(), 1, false);
    Instant due = Instant.now().plusSeconds(30);
    gyre.fact(new Message.InstanceObserved(backingOff(seen, due)));
    gyre.await(() -> gyre.row().state() == InstanceState.BACKING_OFF, "it backs off");
    int commands = gyre.commands().size();
    gyre.fact(new Message.RuntimeChanged(ready()));
    gyre.want("a", 2);
    gyre.await(() -> gyre.rows().size() == 2, "the report was taken in");
    InstanceRecord row =
        gyre.rows().stream().filter(each -> each.id().equals(seen.id())).findFirst().orElseThrow();
    assertThat(row.state()).isEqualTo(InstanceState.BACKING_OFF);
    assertThat(row.nextStartAt()).isNotNull();
    assertThat(gyre.commands().subList(commands, gyre.commands().size()))
        .noneMatch(
            command ->
                command instanceof Message.StartInstance start
                    && start.instance().equals(seen.id()));
  }

  @Test
  void crashesAreRecordedAndDoNotLeadToCommands() {
    gyre.want("a", 1);
    gyre.awaitPhase("running 1/1");
    InstanceRecord before = gyre.row();
    int commands = gyre.commands().size();
    gyre.fact(new Message.InstanceObserved(restarted(before, 1, false)));
    gyre.await(() -> gyre.row().restarts() == 1, "the restart is recorded");
    assertThat(gyre.row().lastExit()).isNotNull();
    gyre.fact(new Message.InstanceObserved(restarted(before, 4, true)));
    gyre.await(() -> gyre.phase().startsWith("crash_looping"), "the crash loop is shown");
    assertThat(Objects.requireNonNull(gyre.status()).message())
        .contains("exited with code 3")
        .contains("last words");
    assertThat(gyre.reasons()).contains("instance_restarted", "instance_crash_looping");
    assertThat(gyre.commands()).hasSize(commands);
  }

  @Test
  void anInstanceWithoutProbesIsReadyOnceItHasRunForAMoment() {
    gyre.deaf = true;
    gyre.want("a", 1);
    gyre.await(() -> gyre.rows().size() == 1, "it is planned");
    InstanceRecord row = gyre.row();
    gyre.fact(new Message.InstanceObserved(restarted(row, 0, false)));
    gyre.await(() -> gyre.row().state() == InstanceState.RUNNING, "it runs");
    assertThat(gyre.row().ready()).isFalse();
    gyre.awaitPhase("running 1/1");
    assertThat(gyre.row().ready()).isTrue();
  }

  @Test
  void aFailedStartIsShownAndTriedAgain() {
    gyre.failure = failure(ErrorKind.RUNTIME, true);
    gyre.want("a", 1);
    gyre.await(() -> gyre.phase().startsWith("failed"), "the failure is shown");
    assertThat(Objects.requireNonNull(gyre.status()).reason()).isEqualTo("image_pull_failed");
    assertThat(Objects.requireNonNull(gyre.status()).message()).contains("no such image; push it");
    gyre.failure = null;
    gyre.awaitPhase("running 1/1");
    assertThat(startedIds()).as("the same instance is tried again").hasSize(1);
  }

  @Test
  void anotherLoginEndsTheWaitForTheNextStart() {
    gyre.failure = failure(ErrorKind.INVALID, false);
    gyre.want("a", 1);
    gyre.await(() -> gyre.phase().startsWith("failed"), "the failure is shown");
    assertThat(gyre.row().nextStartAt()).isAfter(Instant.now().plusSeconds(30));
    gyre.failure = null;
    gyre.tellReconciler(new Message.RegistryLoginChanged(ReconcilerFixture.WEB));
    gyre.awaitPhase("running 1/1");
    assertThat(startedIds()).as("the same instance is tried again").hasSize(1);
  }

  @Test
  void anAskedRestartHappensOnceForEachInstance() {
    gyre.want("a", 2);
    gyre.awaitPhase("running 2/2");
    gyre.askRestart();
    gyre.await(
        () -> gyre.rows().stream().allMatch(row -> row.restartNonce() == 1), "both were restarted");
    gyre.awaitPhase("running 2/2");
    assertThat(gyre.commands().stream().filter(Message.RestartInstance.class::isInstance))
        .hasSize(2);
  }

  @Test
  void aRestartThatFailsIsTriedAgainLater() {
    gyre.want("a", 1);
    gyre.awaitPhase("running 1/1");
    gyre.restartsFail = true;
    gyre.askRestart();
    gyre.await(() -> restarts() == 1, "the restart is commanded");
    long began = System.nanoTime();
    gyre.await(() -> restarts() > 1, "it is tried again");
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofMillis(800));
    gyre.restartsFail = false;
    gyre.awaitPhase("running 1/1");
    gyre.await(() -> gyre.row().restartNonce() == 1, "it was restarted");
    assertThat(restarts()).isLessThanOrEqualTo(4);
  }

  private long restarts() {
    return gyre.commands().stream().filter(Message.RestartInstance.class::isInstance).count();
  }

  @Test
  void deletionLeavesNothing() {
    gyre.want("a", 2);
    gyre.awaitPhase("running 2/2");
    gyre.delete();
    gyre.await(() -> gyre.rows().isEmpty() && gyre.status() == null, "nothing is left");
    gyre.await(
        () ->
            gyre.told().stream()
                .anyMatch(
                    m ->
                        m instanceof Message.DeploymentRemoved removed
                            && removed.uid().equals("uid1")),
        "the API is told");
    gyre.removeRow();
    assertThat(gyre.running).isEmpty();
  }

  @Test
  void pluginsAndWhatHappensToThemAreRecorded() {
    Instant now = Instant.ofEpochMilli(1_795_197_600_000L);
    PluginInfo good =
        new PluginInfo(
            "/p/a.jar", "a", "1", "a", PluginInfo.State.SERVING, "ab", null, null, null, now);
    PluginInfo bad =
        new PluginInfo(
            "/p/b.jar", "", "", "", PluginInfo.State.REJECTED, "", null, null, "not signed", now);
    gyre.tell(new Message.PluginsReported(List.of(good, bad)), "c-1");
    gyre.await(() -> gyre.store().read().plugins().equals(List.of(good, bad)), "both are known");
    gyre.tell(new Message.PluginsReported(List.of(good)), "c-2");
    gyre.await(() -> gyre.store().read().plugins().equals(List.of(good)), "one is left");

    gyre.tell(new Message.PluginChanged(PluginChange.ROLLED_BACK, "back to 1"), "c-3");
    gyre.tell(new Message.PluginChanged(PluginChange.REJECTED, "b.jar was rejected"), "c-4");
    EventQuery ofRollback = new EventQuery(0, 10, null, null, null, "c-3", true);
    EventQuery ofRejection = new EventQuery(0, 10, null, null, null, "c-4", true);
    gyre.await(() -> gyre.store().read().events(ofRejection).size() == 1, "the events");
    EventRecord event = gyre.store().read().events(ofRollback).getFirst();
    assertThat(event.reason()).isEqualTo("plugin_rolled_back");
    assertThat(event.level()).isEqualTo(EventRecord.Level.NORMAL);
    event = gyre.store().read().events(ofRejection).getFirst();
    assertThat(event.reason()).isEqualTo("plugin_rejected");
    assertThat(event.level()).isEqualTo(EventRecord.Level.WARNING);
    assertThat(event.message()).isEqualTo("b.jar was rejected");
  }

  @Test
  void aRestartOfTheReconcilerChangesNothing() {
    gyre.want("a", 3);
    gyre.awaitPhase("running 3/3");
    Set<Long> before = pids();
    for (int i = 0; i < 3; i++) {
      gyre.restartReconciler();
      gyre.awaitPhase("running 3/3");
    }
    gyre.want("a", 4);
    gyre.awaitPhase("running 4/4");
    assertThat(pids()).containsAll(before);
    assertThat(gyre.reasons()).doesNotContain("instance_vanished", "orphan_removed");
  }

  @Test
  void whatChangedWhileTheReconcilerWasAwayIsNoticed() {
    gyre.want("a", 1);
    gyre.awaitPhase("running 1/1");
    InstanceRecord before = gyre.row();
    gyre.stopReconciler();
    gyre.want("a", 2);
    gyre.put(before.id(), restarted(before, 7, false));
    gyre.startReconciler();
    gyre.awaitPhase("running 2/2");
    gyre.await(
        () -> gyre.rows().stream().anyMatch(row -> row.restarts() == 7),
        "the restarts are noticed");
  }

  @Test
  void aHostThatForgetsCommandsGetsThemAgain() {
    gyre.deaf = true;
    gyre.want("a", 2);
    gyre.await(() -> gyre.commands().size() >= 2, "the commands were sent");
    gyre.deaf = false;
    gyre.fact(new Message.HostStarted());
    gyre.report();
    gyre.awaitPhase("running 2/2");
    assertThat(startedIds()).hasSize(2);
  }

  @Test
  void anInstanceThatSomebodyRemovedIsMadeAgain() {
    gyre.want("a", 1);
    gyre.awaitPhase("running 1/1");
    InstanceId id = gyre.row().id();
    gyre.drop(id);
    gyre.fact(new Message.InstanceGone(id));
    gyre.await(() -> gyre.reasons().contains("instance_vanished"), "it is noticed");
    gyre.awaitPhase("running 1/1");
    assertThat(gyre.row().id()).isEqualTo(id);
  }

  private long count(String reason) {
    return gyre.reasons().stream().filter(reason::equals).count();
  }

  @Test
  void anOrphanOfAKnownDeploymentIsRemovedAndOneOfAnUnknownIsLeftAlone() {
    gyre.want("a", 1);
    gyre.awaitPhase("running 1/1");
    InstanceId known = new InstanceId("web-orphan");
    InstanceId unknown = new InstanceId("other-orphan");
    gyre.put(known, gyre.observation(known, ReconcilerFixture.WEB, 1, 0));
    gyre.put(unknown, gyre.observation(unknown, new DeploymentKey("default", "other"), 1, 0));
    gyre.report();
    gyre.await(() -> gyre.reasons().contains("orphan_removed"), "the orphan is removed");
    gyre.await(() -> gyre.reasons().contains("orphan_found"), "the stranger is reported");
    gyre.await(() -> !gyre.running.containsKey(known), "the orphan is gone");
    assertThat(gyre.running).containsKey(unknown);
    assertThat(gyre.phase()).isEqualTo("running 1/1");
    gyre.report();
    gyre.report();
    gyre.put(known, gyre.observation(known, ReconcilerFixture.WEB, 1, 0));
    gyre.report();
    gyre.await(() -> count("orphan_removed") == 2, "what was reported before is dealt with");
    gyre.restartReconciler();
    gyre.report();
    gyre.await(() -> gyre.phase().equals("running 1/1"), "it is as it was");
    gyre.drop(unknown);
    gyre.await(
        () -> {
          gyre.report();
          return gyre.reasons().contains("orphan_gone");
        },
        "the end of the stranger is told");
    assertThat(count("orphan_found")).as("a stranger is told of once").isEqualTo(1);
    gyre.put(unknown, gyre.observation(unknown, new DeploymentKey("default", "other"), 1, 0));
    gyre.report();
    gyre.await(() -> count("orphan_found") == 2, "one that comes again is told of again");
    gyre.drop(unknown);
    gyre.fact(new Message.InstanceGone(unknown));
    gyre.await(() -> count("orphan_gone") == 2, "its end, too");
  }

  @Test
  void whatARestoredStateDoesNotKnowIsLeftAloneUntilItsDeploymentChanges() throws Exception {
    gyre.want("a", 1);
    gyre.awaitPhase("running 1/1");
    try (var database = DriverManager.getConnection("jdbc:sqlite:" + gyre.database());
        var statement = database.createStatement()) {
      statement.execute("INSERT INTO restored SELECT namespace, name, generation FROM deployment");
    }
    InstanceId unknown = new InstanceId("web-later");
    gyre.put(unknown, gyre.observation(unknown, ReconcilerFixture.WEB, 1, 0));
    gyre.report();
    gyre.await(() -> gyre.reasons().contains("orphan_found"), "the stranger is reported");
    gyre.want("b", 1);
    gyre.await(() -> !gyre.running.containsKey(unknown), "then it is removed");
    assertThat(count("orphan_found")).isEqualTo(1);
    assertThat(count("orphan_removed")).isEqualTo(1);
  }

  @Test
  void readinessFollowsTheProbeOfEachInstance() throws Exception {
    AtomicInteger answer = new AtomicInteger(503);
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/health",
        exchange -> {
          exchange.sendResponseHeaders(answer.get(), -1);
          exchange.close();
        });
    server.start();
    try {
      HealthCheck check =
          new HealthCheck(
              new HealthCheck.Probe.Http("http://localhost/health"),
              Duration.ofMillis(50),
              Duration.ofSeconds(2),
              2,
              HealthCheck.OnFailure.ALERT,
              true,
              Duration.ZERO,
              Duration.ZERO);
      gyre.want(gyre.spec("a", check), 1);
      gyre.await(
          () -> gyre.rows().size() == 1 && gyre.row().state() == InstanceState.RUNNING, "it runs");
      InstanceRecord row = gyre.row();
      InstanceObservation seen = gyre.observation(row.id(), row.deployment(), 1, 0);
      seen = withPort(seen, server.getAddress().getPort());
      gyre.put(row.id(), seen);
      gyre.fact(new Message.InstanceObserved(seen));
      gyre.await(() -> gyre.reasons().contains("health_check_failed"), "the failing probe is told");
      assertThat(gyre.row().ready()).isFalse();
      answer.set(200);
      gyre.awaitPhase("running 1/1");
      answer.set(500);
      gyre.await(() -> !gyre.row().ready(), "it is not ready any more");
      assertThat(gyre.reasons()).contains("instance_not_ready");
    } finally {
      server.stop(0);
    }
  }

  private Set<Long> pids() {
    return gyre.rows().stream()
        .map(InstanceRecord::pid)
        .collect(Collectors.toCollection(HashSet::new));
  }

  private Set<InstanceId> startedIds() {
    Set<InstanceId> ids = new HashSet<>();
    for (Message.Command command : gyre.commands()) {
      if (command instanceof Message.StartInstance start) {
        ids.add(start.instance());
      }
    }
    return ids;
  }

  private static InstanceObservation withPort(InstanceObservation seen, int port) {
    return new InstanceObservation(
        seen.id(),
        seen.deployment(),
        seen.revision(),
        seen.runtime(),
        seen.state(),
        seen.pid(),
        null,
        "127.0.0.1",
        List.of(new BoundPort("PORT", "127.0.0.1", port, port, PortMapping.Protocol.TCP)),
        seen.startedAt(),
        0,
        false,
        null,
        null,
        null);
  }

  private static InstanceObservation restarted(InstanceRecord row, long restarts, boolean looping) {
    return new InstanceObservation(
        row.id(),
        row.deployment(),
        row.revision(),
        "process",
        ObservedState.RUNNING,
        5000 + restarts,
        null,
        "127.0.0.1",
        List.of(),
        Instant.now(),
        restarts,
        looping,
        null,
        new ExitRecord(3, Instant.now(), List.of("last words")),
        null);
  }

  private static Message.CommandFailed failure(ErrorKind kind, boolean retryable) {
    return new Message.CommandFailed(
        new InstanceId("x"), kind, "image_pull_failed", "no such image", "push it", retryable);
  }

  private static RuntimeInfo ready() {
    return new RuntimeInfo(
        "process", "1", RuntimeInfo.State.READY, null, Set.of(), "process.jar", Instant.now());
  }

  private static InstanceObservation backingOff(InstanceObservation seen, Instant due) {
    return new InstanceObservation(
        seen.id(),
        seen.deployment(),
        seen.revision(),
        seen.runtime(),
        ObservedState.BACKING_OFF,
        null,
        seen.handle(),
        seen.address(),
        seen.ports(),
        null,
        seen.restarts(),
        false,
        due,
        seen.lastExit(),
        null);
  }
}
