package io.gyre.reconciler;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.gyre.messages.Message;
import io.gyre.model.Condition;
import io.gyre.model.DeploymentStatus;
import io.gyre.model.ErrorKind;
import io.gyre.model.Halt;
import io.gyre.model.HealthCheck;
import io.gyre.model.HealthRestart;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.model.ProbeRecord;
import io.gyre.model.RuntimeInfo;
import io.gyre.store.EventQuery;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is done about instances that fail their checks, and what is kept of it. */
final class UnhealthyComponentTest {
  @TempDir Path directory;
  private final AtomicInteger answer = new AtomicInteger(200);
  private HttpServer server;
  private ReconcilerFixture gyre;

  @BeforeEach
  void open() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] body = "the database is away".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(answer.get(), body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    gyre = new ReconcilerFixture(directory);
    gyre.port = server.getAddress().getPort();
  }

  @AfterEach
  void close() {
    gyre.close();
    server.stop(0);
  }

  private static HealthCheck check(HealthCheck.OnFailure action, boolean readiness) {
    return new HealthCheck(
        new HealthCheck.Probe.Http("http://localhost/health"),
        Duration.ofMillis(30),
        Duration.ofSeconds(5),
        2,
        action,
        readiness,
        Duration.ZERO,
        Duration.ZERO);
  }

  private void want(String command, HealthCheck.OnFailure action) {
    gyre.want(gyre.spec(command, check(action, true)), 2);
  }

  private <T extends Message> List<T> commands(Class<T> type) {
    return gyre.commands().stream().filter(type::isInstance).map(type::cast).toList();
  }

  private static DeploymentStatus known(ReconcilerFixture gyre) {
    return Objects.requireNonNull(gyre.status());
  }

  private List<String> conditions() {
    return gyre.store().read().conditions(ReconcilerFixture.WEB, null).stream()
        .map(c -> c.type().id() + "=" + c.status().id() + " " + c.reason())
        .toList();
  }

  // ---- stop

  @Test
  void aCheckThatStopsStopsAllInstancesAndKeepsThem() {
    want("a", HealthCheck.OnFailure.STOP);
    gyre.awaitPhase("running 2/2");
    List<InstanceId> ids = ids();
    answer.set(503);
    gyre.awaitPhase("stopped 0/2");

    assertThat(ids()).isEqualTo(ids);
    assertThat(known(gyre).reason()).isEqualTo(Halt.HEALTH_CHECK);
    assertThat(known(gyre).message()).contains("answered 503: the database is away");
    assertThat(gyre.reasons()).contains("health_check_stop", "instance_stopped");
    assertThat(conditions())
        .contains(
            "available=false stopped_by_health_check",
            "progressing=false stopped",
            "stopped=true stopped_by_health_check");
    assertThat(evidence(ids.getFirst())).contains("answered 503: the database is away");
    gyre.await(
        () -> gyre.told().stream().anyMatch(Message.DeploymentHalted.class::isInstance),
        "the API is told");
    assertThat(commands(Message.RemoveInstance.class)).isEmpty();

    gyre.restartReconciler();
    gyre.await(
        () -> gyre.told().stream().filter(Message.DeploymentHalted.class::isInstance).count() > 1,
        "the next one tells it again");
    assertThat(gyre.phase()).isEqualTo("stopped 0/2");
    gyre.halt(new Halt(Halt.HEALTH_CHECK, "it follows"));
    gyre.await(() -> known(gyre).observedGeneration() == 2, "the API follows");
    assertThat(gyre.phase()).isEqualTo("stopped 0/2");

    answer.set(200);
    gyre.halt(null);
    gyre.awaitPhase("running 2/2");
    assertThat(ids()).as("the same instances run again").isEqualTo(ids);
    assertThat(conditions()).contains("stopped=false not_asked_for");
  }

  @Test
  void aStopThatWasDecidedIsCarriedOutByTheNextReconciler() {
    want("a", HealthCheck.OnFailure.STOP);
    gyre.awaitPhase("running 2/2");
    gyre.deaf = true;
    answer.set(503);
    gyre.await(() -> !commands(Message.StopInstance.class).isEmpty(), "it is decided");
    gyre.stopReconciler();
    gyre.commands.clear();
    answer.set(200);
    gyre.deaf = false;
    gyre.startReconciler();
    gyre.awaitPhase("stopped 0/2");
  }

  @Test
  void aChangeThatTheApiMadeMeanwhileIsDecidedAnew() {
    want("a", HealthCheck.OnFailure.STOP);
    gyre.awaitPhase("running 2/2");
    answer.set(503);
    gyre.awaitPhase("stopped 0/2");
    answer.set(200);
    gyre.askRestart();
    gyre.awaitPhase("running 2/2");
    assertThat(commands(Message.RestartInstance.class))
        .as("what is started needs no restart besides")
        .isEmpty();
    assertThat(gyre.rows()).allSatisfy(row -> assertThat(row.restartNonce()).isEqualTo(1));
  }

  @Test
  void whatSomebodyStoppedStaysSoUntilItIsStarted() {
    gyre.want("a", 2);
    gyre.awaitPhase("running 2/2");
    gyre.halt(new Halt(Halt.ASKED, "asked for by me"));
    gyre.awaitPhase("stopped 0/2");
    assertThat(known(gyre).message()).isEqualTo("asked for by me");
    gyre.report();
    gyre.restartReconciler();
    gyre.await(() -> gyre.running.size() == 2, "still known");
    gyre.awaitPhase("stopped 0/2");
    assertThat(gyre.rows()).extracting(InstanceRecord::state).containsOnly(InstanceState.STOPPED);
    gyre.halt(null);
    gyre.awaitPhase("running 2/2");
  }

  @Test
  void aFailingRevisionIsRolledBackRatherThanStopped() {
    want("a", HealthCheck.OnFailure.STOP);
    gyre.awaitPhase("running 2/2");
    gyre.await(() -> gyre.rollout(1).equals("complete"), "revision 1 is known to be healthy");
    // Only what comes now answers badly.
    gyre.port = 1;
    want("b", HealthCheck.OnFailure.STOP);
    gyre.await(() -> gyre.rollout(2).equals("rolled_back"), "revision 2 is rolled back");
    gyre.awaitPhase("running 2/2");
    assertThat(gyre.reasons()).contains("health_check_failed").doesNotContain("health_check_stop");
    assertThat(gyre.rows()).allSatisfy(row -> assertThat(row.revision()).isEqualTo(1));
  }

  @Test
  void afterARollbackTheServingRevisionIsStoppedByItsOwnCheck() {
    want("a", HealthCheck.OnFailure.STOP);
    gyre.awaitPhase("running 2/2");
    gyre.await(() -> gyre.rollout(1).equals("complete"), "revision 1 is known to be healthy");
    int good = gyre.port;
    gyre.port = 1;
    want("b", HealthCheck.OnFailure.STOP);
    gyre.await(() -> gyre.rollout(2).equals("rolled_back"), "revision 2 is rolled back");
    gyre.awaitPhase("running 2/2");
    gyre.port = good;
    answer.set(503);
    gyre.awaitPhase("stopped 0/2");
    assertThat(gyre.rows()).allSatisfy(row -> assertThat(row.revision()).isEqualTo(1));
    assertThat(gyre.reasons()).containsOnlyOnce("health_check_stop");
    assertThat(known(gyre).reason()).isEqualTo(Halt.HEALTH_CHECK);
  }

  @Test
  void instancesOfAnOlderRevisionAreProbedByTheirOwnChecks() {
    AtomicInteger first = probes("/first", 200);
    AtomicInteger second = probes("/second", 503);
    gyre.want(gyre.spec("a", check("/first")), 2);
    gyre.awaitPhase("running 2/2");
    gyre.await(() -> gyre.rollout(1).equals("complete"), "revision 1 is known to be healthy");
    gyre.want(gyre.spec("b", check("/second")), 2);
    gyre.await(() -> second.get() > 0, "the new revision is probed");
    int before = first.get();
    gyre.await(() -> second.get() > 6 && first.get() > before + 6, "both are probed for a while");
    assertThat(gyre.rows())
        .filteredOn(row -> row.revision() == 1)
        .as("what serves is not judged by the new revision's check")
        .hasSize(2)
        .allMatch(InstanceRecord::ready);
    assertThat(gyre.rows()).filteredOn(row -> row.revision() == 2).noneMatch(InstanceRecord::ready);
    gyre.restartReconciler();
    int after = first.get();
    gyre.await(() -> first.get() > after + 4, "the next reconciler does the same");
    assertThat(gyre.rows())
        .filteredOn(row -> row.revision() == 1)
        .hasSize(2)
        .allMatch(InstanceRecord::ready);
  }

  private static HealthCheck check(String path) {
    return new HealthCheck(
        new HealthCheck.Probe.Http("http://localhost" + path),
        Duration.ofMillis(30),
        Duration.ofSeconds(5),
        2,
        HealthCheck.OnFailure.ALERT,
        true,
        Duration.ZERO,
        Duration.ZERO);
  }

  /** How often that path was asked for. */
  private AtomicInteger probes(String path, int status) {
    AtomicInteger count = new AtomicInteger();
    server.createContext(
        path,
        exchange -> {
          count.incrementAndGet();
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    return count;
  }

  @Test
  void aStopThatCannotBeCarriedOutIsSaidAndTriedAgain() {
    gyre.want("a", 1);
    gyre.awaitPhase("running 1/1");
    InstanceId id = gyre.row().id();
    gyre.deaf = true;
    gyre.halt(new Halt(Halt.ASKED, "asked for by me"));
    gyre.await(() -> !commands(Message.StopInstance.class).isEmpty(), "it is commanded");
    gyre.fact(
        new Message.CommandFailed(
            id, ErrorKind.UNAVAILABLE, "runtime.unavailable", "no engine", null, true));
    gyre.await(() -> gyre.reasons().contains("runtime.unavailable"), "the failure is told");
    gyre.await(
        () ->
            gyre.phase().startsWith("creating")
                && String.valueOf(known(gyre).message()).contains("no engine"),
        "it says why it is not stopped");
    gyre.deaf = false;
    gyre.awaitPhase("stopped 0/1");
  }

  // ---- restart

  @Test
  void theFirstRestartComesAtOnceAndTheNextLater() {
    gyre.want(gyre.spec("a", check(HealthCheck.OnFailure.RESTART, false)), 1);
    gyre.awaitPhase("running 1/1");
    InstanceId id = gyre.row().id();
    answer.set(500);
    gyre.await(() -> commands(Message.RestartRun.class).size() == 1, "the first");
    gyre.await(() -> restarts(id).row() == 2, "the second is asked for");
    Instant due = Objects.requireNonNull(restarts(id).dueAt());
    gyre.await(() -> commands(Message.RestartRun.class).size() == 2, "the second");
    assertThat(Instant.now()).isAfterOrEqualTo(due);
    assertThat(restarts(id).restarts()).isEqualTo(2);
    assertThat(evidence(id)).contains("answered 500");
    assertThat(gyre.reasons()).contains("health_check_failed", "health_check_restart");
  }

  @Test
  void whatCouldNotBeStartedAgainRunsOnAndSaysWhy() {
    gyre.want(gyre.spec("a", check(HealthCheck.OnFailure.RESTART, false)), 1);
    gyre.awaitPhase("running 1/1");
    InstanceId id = gyre.row().id();
    gyre.deaf = true;
    answer.set(500);
    gyre.await(() -> commands(Message.RestartRun.class).size() == 1, "it is commanded");
    Instant told = Instant.now();
    gyre.fact(
        new Message.CommandFailed(
            id,
            ErrorKind.UNAVAILABLE,
            Message.CommandFailed.POSTPONED,
            "secret shop/db: its key is not here",
            null,
            true));
    gyre.await(() -> gyre.reasons().contains("restart.postponed"), "it is told");
    assertThat(gyre.row().state()).isEqualTo(InstanceState.RUNNING);
    assertThat(gyre.row().message()).contains("runs on", "its key is not here");
    gyre.await(() -> commands(Message.RestartRun.class).size() == 2, "it is tried again");
    assertThat(Instant.now()).isAfterOrEqualTo(told.plusMillis(1000));
    assertThat(commands(Message.StartInstance.class)).hasSize(1);
  }

  @Test
  void aRestartOfTheReconcilerShortensNoWait() {
    gyre.want(gyre.spec("a", check(HealthCheck.OnFailure.RESTART, false)), 1);
    gyre.awaitPhase("running 1/1");
    InstanceId id = gyre.row().id();
    gyre.stopReconciler();
    gyre.put(new HealthRestart(id, 8, 8, null, null, false, null));
    gyre.startReconciler();
    answer.set(500);
    gyre.await(() -> restarts(id).row() == 9, "the ninth is asked for");
    HealthRestart asked = restarts(id);
    assertThat(Duration.between(Instant.now(), asked.dueAt())).isGreaterThan(Duration.ofMinutes(1));
    gyre.restartReconciler();
    gyre.restartReconciler();
    answer.set(200);
    gyre.await(() -> gyre.reasons().contains("health_check_recovered"), "it is called off");
    assertThat(restarts(id)).isEqualTo(new HealthRestart(id, 8, 8, null, null, false, null));
    assertThat(commands(Message.RestartRun.class)).isEmpty();
    assertThat(gyre.reasons()).containsOnlyOnce("health_check_failed");
  }

  @Test
  void aRestartWhoseCommandWasLostIsCommandedAgain() {
    gyre.want(gyre.spec("a", check(HealthCheck.OnFailure.RESTART, false)), 1);
    gyre.awaitPhase("running 1/1");
    InstanceId id = gyre.row().id();
    Long pid = gyre.row().pid();
    gyre.deaf = true;
    answer.set(500);
    gyre.await(() -> !commands(Message.RestartRun.class).isEmpty(), "it is commanded");
    gyre.stopReconciler();
    answer.set(200);
    gyre.deaf = false;
    gyre.startReconciler();
    gyre.await(() -> !Objects.equals(gyre.row().pid(), pid), "it is restarted");
    gyre.await(() -> restarts(id).dueAt() == null, "that is done");
    assertThat(restarts(id).restarts()).as("counted once").isEqualTo(1);
  }

  // ---- conditions

  @Test
  void aRestartOfTheReconcilerChangesNoConditionAndNoTime() {
    gyre.want(gyre.spec("a", check(HealthCheck.OnFailure.ALERT, true)), 2);
    gyre.awaitPhase("running 2/2");
    gyre.await(() -> allConditions().toString().contains("checks_pass"), "they are probed");
    gyre.await(
        () -> gyre.rows().stream().allMatch(row -> healthy(row.id())), "all checks have passed");
    Map<String, List<Condition>> before = allConditions();
    Instant since = known(gyre).since();
    int events = gyre.reasons().size();
    for (int i = 0; i < 2; i++) {
      gyre.restartReconciler();
      gyre.report();
      // Something that this deployment's own worker has to take in.
      InstanceId orphan = new InstanceId("web-orphan" + i);
      gyre.fact(
          new Message.InstanceObserved(gyre.observation(orphan, ReconcilerFixture.WEB, 1, 0)));
      int seen = i + 1;
      gyre.await(
          () -> gyre.reasons().stream().filter("orphan_removed"::equals).count() == seen,
          "it is at work");
    }
    assertThat(allConditions()).isEqualTo(before);
    assertThat(known(gyre).since()).isEqualTo(since);
    assertThat(gyre.reasons().subList(events, gyre.reasons().size()))
        .containsOnly("orphan_removed");
  }

  @Test
  void whileARuntimeIsAwayItIsNotKnownWhatRuns() {
    gyre.want("a", 1);
    gyre.awaitPhase("running 1/1");
    gyre.await(() -> conditions().contains("healthy=true all_well"), "all is well");
    gyre.fact(new Message.RuntimeChanged(runtime(RuntimeInfo.State.READY)));
    gyre.fact(new Message.RuntimeChanged(runtime(RuntimeInfo.State.UNAVAILABLE)));
    gyre.await(
        () -> conditions().contains("available=unknown runtime_away"), "nobody knows any more");
    List<String> before = conditions();
    gyre.restartReconciler();
    gyre.report();
    gyre.await(() -> gyre.phase().equals("running 1/1"), "it looks again");
    assertThat(conditions()).isEqualTo(before);
    gyre.fact(new Message.RuntimeChanged(runtime(RuntimeInfo.State.READY)));
    gyre.await(() -> conditions().contains("available=true enough_serve"), "it is back");
  }

  private static RuntimeInfo runtime(RuntimeInfo.State state) {
    return new RuntimeInfo(
        "process", "1", state, null, java.util.Set.of(), "process.jar", Instant.now());
  }

  private boolean healthy(InstanceId id) {
    return gyre.store().read().conditions(ReconcilerFixture.WEB, id).stream()
        .anyMatch(c -> c.type() == Condition.Type.HEALTHY && c.status() == Condition.Status.TRUE);
  }

  private Map<String, List<Condition>> allConditions() {
    Map<String, List<Condition>> all = new TreeMap<>();
    all.put("web", gyre.store().read().conditions(ReconcilerFixture.WEB, null));
    for (InstanceId id : ids()) {
      all.put(id.value(), gyre.store().read().conditions(ReconcilerFixture.WEB, id));
    }
    return all;
  }

  // ---- what can be seen

  private List<InstanceId> ids() {
    return gyre.rows().stream().map(InstanceRecord::id).toList();
  }

  private HealthRestart restarts(InstanceId id) {
    return gyre.store().read().healthRestarts(ReconcilerFixture.WEB).stream()
        .filter(row -> row.instance().equals(id))
        .findFirst()
        .orElse(HealthRestart.none(id));
  }

  /** What is stored of failing probes of any instance. */
  private String evidence(InstanceId any) {
    List<String> details = new ArrayList<>();
    for (ProbeRecord probe : gyre.store().read().probes(ReconcilerFixture.WEB)) {
      probe.answers().stream().filter(a -> !a.ok()).forEach(a -> details.add(a.detail()));
    }
    assertThat(details).as("recorded of " + any).isNotEmpty();
    assertThat(gyre.store().read().events(new EventQuery(0, 1, null, null, null, null, true)))
        .isNotEmpty();
    return details.toString();
  }
}
