package io.gyre.store;

import static io.gyre.store.Samples.CLOCK;
import static io.gyre.store.Samples.NOW;
import static io.gyre.store.Samples.WEB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gyre.model.ChangeRecord;
import io.gyre.model.Component;
import io.gyre.model.Condition;
import io.gyre.model.ConfigContent;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentPhase;
import io.gyre.model.DeploymentStatus;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.EventRecord;
import io.gyre.model.Halt;
import io.gyre.model.HaltRecord;
import io.gyre.model.HealthRestart;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.PluginInfo;
import io.gyre.model.ProbeRecord;
import io.gyre.model.RuntimeInfo;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one process writes the others read. */
class RoundTripComponentTest {
  @TempDir Path directory;

  private Store api;
  private Store reconciler;
  private Store host;
  private StateReader state;

  @BeforeEach
  void open() {
    Path file = directory.resolve("gyre.db");
    api = Store.open(file, Component.API, CLOCK);
    reconciler = Store.open(file, Component.RECONCILER, CLOCK);
    host = Store.open(file, Component.RUNTIME, CLOCK);
    state = host.read();
  }

  @AfterEach
  void close() {
    assertThat(host.integrityCheck()).isEqualTo("ok");
    host.close();
    reconciler.close();
    api.close();
  }

  @Test
  void deployments() {
    DeploymentKey other = new DeploymentKey("a", "zz");
    DesiredDeployment full = Samples.deployment(WEB, 1, 1, Samples.FULL);
    DesiredDeployment plain =
        new DesiredDeployment(
            other, "u-2", 9, 4, 0, 7, true, Samples.PLAIN, NOW, NOW.plusSeconds(1), "c-2");
    api.desired()
        .run(
            tx -> {
              tx.addRevision(WEB, 1, Samples.FULL, "c-1", "admin");
              tx.putDeployment(full);
              tx.addRevision(other, 4, Samples.PLAIN, "c-2", "ann");
              tx.putDeployment(plain);
              assertThat(tx.deployment(WEB)).contains(full);
            });
    assertThat(state.deployment(WEB)).contains(full);
    assertThat(state.deployment(new DeploymentKey("shop", "nope"))).isEmpty();
    assertThat(state.deployments(null, null, 10)).containsExactly(plain, full);
    assertThat(state.deployments(null, null, 1)).containsExactly(plain);
    assertThat(state.deployments(null, other, 10)).containsExactly(full);
    assertThat(state.deployments("shop", null, 10)).containsExactly(full);
    assertThat(state.deployments("shop", WEB, 10)).isEmpty();
    assertThat(state.namespaces())
        .containsExactly(new NamespaceRecord("a", NOW), new NamespaceRecord("shop", NOW));

    DesiredDeployment scaled =
        new DesiredDeployment(
            WEB, "u-1", 2, 1, 8, 1, true, Samples.FULL, NOW, NOW.plusSeconds(9), "c-3");
    api.desired()
        .run(
            tx -> {
              tx.putDeployment(scaled);
            });
    assertThat(state.deployment(WEB)).contains(scaled);
  }

  @Test
  void whatIsHaltedAndWhatTheReconcilerDecidesOfThat() {
    DesiredDeployment halted =
        Samples.deployment(WEB, 1, 1, Samples.PLAIN).halted(new Halt(Halt.ASKED, "by me"));
    api.desired()
        .run(
            tx -> {
              tx.addRevision(WEB, 1, Samples.PLAIN, "c-1", "admin");
              tx.putDeployment(halted);
            });
    assertThat(state.deployment(WEB)).contains(halted);
    HaltRecord halt = new HaltRecord(WEB, "u-1", 1, new InstanceId("web-a"), "503", NOW);
    reconciler.observed().run(tx -> tx.putHalt(halt));
    assertThat(state.halt(WEB)).contains(halt);
    assertThat(halt.inForce(halted)).isTrue();
    reconciler.observed().run(tx -> tx.removeStatus(WEB));
    assertThat(state.halt(WEB)).isEmpty();
  }

  @Test
  void probesOutliveTheirInstanceForAWhile() {
    InstanceRecord instance = Samples.plainInstance("web-a", WEB, 1);
    ProbeRecord.Answer answer = new ProbeRecord.Answer(false, "503 ü", NOW, NOW, 7, 12);
    ProbeRecord probe =
        new ProbeRecord(
            instance.id(),
            WEB,
            1,
            "tcp 80",
            "liveness",
            NOW,
            ProbeRecord.State.FAILING,
            NOW,
            List.of(answer),
            NOW);
    HealthRestart restart =
        HealthRestart.none(instance.id()).unhealthy(NOW, Duration.ZERO, "503", NOW, 0.5);
    Condition condition =
        new Condition(Condition.Type.READY, Condition.Status.FALSE, "not_ready", "503", NOW, 3);
    reconciler
        .observed()
        .run(
            tx -> {
              tx.putInstance(instance);
              tx.putProbe(probe);
              tx.putHealthRestart(restart);
              tx.putConditions(WEB, instance.id(), List.of(condition));
              tx.putConditions(WEB, null, List.of());
            });
    assertThat(state.probes(instance.id())).containsExactly(probe);
    assertThat(state.probes(WEB)).containsExactly(probe);
    assertThat(state.healthRestarts(WEB)).containsExactly(restart);
    assertThat(state.conditions(WEB, instance.id())).containsExactly(condition);
    assertThat(state.conditions(WEB, null)).isEmpty();
    reconciler
        .observed()
        .run(
            tx -> {
              assertThat(tx.sweepProbes(0, NOW.plusSeconds(1))).as("it exists").isZero();
              tx.removeInstance(instance.id());
            });
    assertThat(state.healthRestarts(WEB)).isEmpty();
    assertThat(state.conditions(WEB, instance.id())).isEmpty();
    assertThat(state.probes(instance.id())).containsExactly(probe);
    reconciler
        .observed()
        .run(
            tx -> {
              assertThat(tx.sweepProbes(1, NOW)).isZero();
              assertThat(tx.sweepProbes(0, NOW)).isEqualTo(1);
            });
  }

  @Test
  void revisions() {
    api.desired()
        .run(
            tx -> {
              assertThat(tx.maxRevision(WEB)).isZero();
              Samples.apply(tx, WEB, 1, Samples.PLAIN);
              Samples.apply(tx, WEB, 2, Samples.FULL);
              Samples.apply(tx, WEB, 3, Samples.PLAIN);
              assertThat(tx.maxRevision(WEB)).isEqualTo(3);
              assertThat(tx.revisionWithHash(WEB, SpecJson.hash(Samples.PLAIN))).contains(3L);
              assertThat(tx.revisionWithHash(WEB, SpecJson.hash(Samples.FULL))).contains(2L);
              assertThat(tx.revisionWithHash(WEB, "nope")).isEmpty();
            });
    assertThat(state.revisionSpec(WEB, 2)).contains(Samples.FULL);
    assertThat(state.revisionSpec(WEB, 4)).isEmpty();
    assertThat(state.revisions(WEB))
        .hasSize(3)
        .first()
        .isEqualTo(new RevisionRecord(WEB, 1, SpecJson.hash(Samples.PLAIN), NOW, "c-1", "admin"));
  }

  @Test
  void removingADeployment() {
    api.desired()
        .run(
            tx -> {
              Samples.apply(tx, WEB, 1, Samples.PLAIN);
              assertThat(tx.removeDeployment(WEB, "other uid")).isFalse();
            });
    assertThat(state.deployment(WEB)).isPresent();
    api.desired()
        .run(
            tx -> {
              assertThatThrownBy(() -> tx.deleteNamespace("shop"))
                  .hasMessageContaining("shop has 1");
              assertThat(tx.removeDeployment(WEB, "u-1")).isTrue();
              assertThat(tx.removeDeployment(WEB, "u-1")).isFalse();
              assertThat(tx.deleteNamespace("shop")).isTrue();
              assertThat(tx.deleteNamespace("shop")).isFalse();
            });
    assertThat(state.deployment(WEB)).isEmpty();
    assertThat(state.revisions(WEB)).isEmpty();
    assertThat(state.namespaces()).isEmpty();
  }

  @Test
  void configs() {
    Map<String, String> entries = Map.of("nginx.conf", "server {\n}\n", "empty", "");
    ConfigContent content =
        new ConfigContent(entries, Map.of("icon", "AP8="), Map.of("empty", "${config.a.b}"));
    api.desired()
        .run(
            tx -> {
              tx.putConfig("shop", "site", Map.of("old", "1"), Map.of("l", "v"), "c", "a");
              tx.putConfig("shop", "site", content, Map.of(), "c", "a");
              tx.putConfig("a", "other", Map.of(), Map.of("l", "v"), "c", "a");
            });
    assertThat(state.configRecord("shop", "site").orElseThrow().content().texts())
        .isEqualTo(entries);
    assertThat(state.configRecord("shop", "nope")).isEmpty();
    ConfigRecord site = new ConfigRecord("shop", "site", content, Map.of(), NOW, 2);
    ConfigRecord other =
        new ConfigRecord("a", "other", ConfigContent.of(Map.of()), Map.of("l", "v"), NOW, 1);
    assertThat(state.configs(null)).containsExactly(other, site);
    assertThat(state.configs("shop")).containsExactly(site);
    api.desired()
        .run(
            tx -> {
              assertThat(tx.deleteConfig("a", "other")).isTrue();
              assertThat(tx.deleteConfig("a", "other")).isFalse();
              assertThat(tx.deleteNamespace("shop")).isTrue();
            });
    assertThat(state.configs(null)).isEmpty();
  }

  @Test
  void changes() {
    ChangeRecord full = Samples.change(5);
    ChangeRecord plain = new ChangeRecord(99, NOW, "ann", "token", null, null, 0, "", "c-2");
    api.desired()
        .run(
            tx -> {
              assertThat(tx.recordChange(full)).isEqualTo(1);
              assertThat(tx.recordChange(plain)).isEqualTo(2);
            });
    assertThat(state.changes(null, null, 10))
        .containsExactly(
            new ChangeRecord(2, NOW, "ann", "token", null, null, 0, "", "c-2"),
            new ChangeRecord(1, NOW, "admin", "update", "shop", "web", 5, "image", "c-1"));
    assertThat(state.changes(WEB, null, 10)).extracting(ChangeRecord::seq).containsExactly(1L);
    assertThat(state.changes(null, "c-2", 10)).extracting(ChangeRecord::seq).containsExactly(2L);
    assertThat(state.changes(WEB, "c-2", 10)).isEmpty();
    assertThat(state.changes(null, null, 1)).extracting(ChangeRecord::seq).containsExactly(2L);
  }

  private void look(Consumer<IdentityState> look) {
    boolean _ =
        api.identities(
            state -> {
              look.accept(state);
              return true;
            });
  }

  @Test
  void tokens() {
    TokenRecord forever = new TokenRecord("t-1", "cli", "aa", "admin", NOW, null);
    TokenRecord ofAnn =
        new TokenRecord(
            "t-2",
            "ci",
            "bb",
            "",
            NOW,
            NOW.plusSeconds(60),
            "ann",
            List.of("deployments:read"),
            List.of("shop"),
            "user:ann",
            NOW,
            null,
            null);
    UserRecord ann = new UserRecord("ann", "$hash", List.of("viewer@shop"), NOW, null);
    api.desired()
        .run(
            tx -> {
              tx.identities().putUser(ann);
              tx.identities().putToken(forever);
              tx.identities().putToken(ofAnn);
            });
    look(state -> assertThat(state.tokens()).containsExactly(ofAnn, forever));
    look(state -> assertThat(state.token("bb")).contains(ofAnn));
    look(state -> assertThat(state.token("cc")).isEmpty());
    TokenRecord rotated = ofAnn.rotated("cc", NOW.plusSeconds(5), null);
    api.desired()
        .run(
            tx -> {
              tx.identities().putToken(rotated);
              tx.identities().tokenUsed("t-1", NOW);
              assertThat(tx.identities().deleteToken("t-3")).isFalse();
            });
    look(state -> assertThat(state.token("bb")).contains(rotated));
    look(state -> assertThat(state.token("cc")).contains(rotated));
    look(state -> assertThat(state.tokenByName("cli").orElseThrow().lastUsedAt()).isEqualTo(NOW));
    // What is a user's goes with the user.
    api.desired().run(tx -> assertThat(tx.identities().deleteUser("ann")).isTrue());
    look(state -> assertThat(state.tokens()).extracting(TokenRecord::id).containsExactly("t-1"));
  }

  @Test
  void usersPoliciesAndSessions() {
    UserRecord ann = new UserRecord("ann", "$hash", List.of("admin", "ops@shop"), NOW, null);
    PolicyRecord ops =
        new PolicyRecord(
            "ops", List.of(new PolicyRecord.Rule("logs", List.of("read"), List.of("a", "b"))), NOW);
    SessionRecord old =
        new SessionRecord("s1", "ann", "10.0.0.1", NOW, NOW.minusSeconds(9), NOW.plusSeconds(9));
    SessionRecord young = new SessionRecord("s2", "ann", "10.0.0.1", NOW, NOW, NOW.plusSeconds(9));
    api.desired()
        .run(
            tx -> {
              tx.identities().putUser(ann);
              tx.identities().putPolicy(ops);
              tx.identities().putSession(old);
              tx.identities().putSession(young);
            });
    look(state -> assertThat(state.user("ann")).contains(ann));
    look(state -> assertThat(state.policies()).containsExactly(ops));
    look(state -> assertThat(state.sessions("ann")).containsExactly(young, old));
    api.desired()
        .run(
            tx -> {
              tx.identities().putUser(ann.withLogin(NOW).withGrants(List.of()));
              assertThat(tx.identities().sweepSessions(NOW, NOW.minusSeconds(5))).isEqualTo(1);
              assertThat(tx.identities().deleteSessions("ann", "s2")).isZero();
              assertThat(tx.identities().deletePolicy("ops")).isTrue();
            });
    look(state -> assertThat(state.user("ann").orElseThrow().grants()).isEmpty());
    look(state -> assertThat(state.session("s2")).contains(young));
    look(state -> assertThat(state.session("s1")).isEmpty());
  }

  @Test
  void failedLoginsAreBounded() {
    api.desired()
        .run(
            tx -> {
              for (int i = 0; i < 10; i++) {
                tx.identities()
                    .putLoginFailures(
                        new LoginFailures("user", "u" + i, 1, NOW.plusSeconds(i), NOW));
              }
              tx.identities().putLoginFailures(new LoginFailures("address", "x", 3, NOW, NOW));
              assertThat(tx.identities().sweepLoginFailures("user", 4, NOW.plusSeconds(2)))
                  .isEqualTo(6);
            });
    look(state -> assertThat(state.loginFailures("user", "u5")).isEmpty());
    look(state -> assertThat(state.loginFailures("user", "u6")).isPresent());
    look(
        state ->
            assertThat(state.loginFailures("address", "x").orElseThrow().failures()).isEqualTo(3));
  }

  @Test
  void instances() {
    DeploymentKey other = new DeploymentKey("a", "zz");
    InstanceRecord full = Samples.fullInstance("web-222222", WEB, 3);
    InstanceRecord plain = Samples.plainInstance("zz-333333", other, 1);
    reconciler
        .observed()
        .run(
            tx -> {
              tx.putInstance(Samples.plainInstance("web-222222", WEB, 1));
              tx.putInstance(full);
              tx.putInstance(plain);
              assertThat(tx.instances(null, null, null, 10)).containsExactly(full, plain);
            });
    assertThat(state.instance(full.id())).contains(full);
    assertThat(state.instance(new InstanceId("nope"))).isEmpty();
    assertThat(state.instances(null, null, null, 10)).containsExactly(full, plain);
    assertThat(state.instances(null, null, null, 1)).containsExactly(full);
    assertThat(state.instances(null, null, full.id(), 10)).containsExactly(plain);
    assertThat(state.instances("shop", null, null, 10)).containsExactly(full);
    assertThat(state.instances("shop", "web", null, 10)).containsExactly(full);
    assertThat(state.instances("shop", "zz", null, 10)).isEmpty();
    assertThat(state.instances(null, "zz", null, 10)).containsExactly(plain);

    InstanceRecord back = Samples.plainInstance("web-222222", WEB, 3);
    reconciler
        .observed()
        .run(
            tx -> {
              tx.putInstance(back);
              assertThat(tx.removeInstance(plain.id())).isTrue();
              assertThat(tx.removeInstance(plain.id())).isFalse();
            });
    assertThat(state.instances(null, null, null, 10)).containsExactly(back);
  }

  @Test
  void statuses() {
    DeploymentStatus full =
        new DeploymentStatus(
            WEB, 4, DeploymentPhase.FAILED, 1, 3, "image_pull_failed", "no such image", NOW, NOW);
    DeploymentStatus plain =
        new DeploymentStatus(
            WEB, 5, DeploymentPhase.RUNNING, 3, 3, null, null, NOW.plusSeconds(1), NOW);
    reconciler
        .observed()
        .run(
            tx -> {
              tx.putStatus(full);
            });
    assertThat(state.status(WEB)).contains(full);
    reconciler
        .observed()
        .run(
            tx -> {
              tx.putStatus(plain);
            });
    assertThat(state.status(WEB)).contains(plain);
    assertThat(state.statuses(null)).containsExactly(plain);
    assertThat(state.statuses("shop")).containsExactly(plain);
    assertThat(state.statuses("a")).isEmpty();
    assertThat(reconciler.observed().<Boolean>transact(tx -> tx.removeStatus(WEB))).isTrue();
    assertThat(state.status(WEB)).isEmpty();
  }

  @Test
  void runtimes() {
    RuntimeInfo full =
        new RuntimeInfo(
            "docker", "1", RuntimeInfo.State.REJECTED, "bad jar", Set.of("b", "a"), "x.jar", NOW);
    RuntimeInfo plain =
        new RuntimeInfo("process", "2", RuntimeInfo.State.READY, null, Set.of(), "built in", NOW);
    reconciler
        .observed()
        .run(
            tx -> {
              tx.putRuntime(plain);
              tx.putRuntime(full);
              tx.putRuntime(full);
            });
    assertThat(state.runtimes()).containsExactly(full, plain);
    assertThat(reconciler.observed().<Boolean>transact(tx -> tx.removeRuntime("docker"))).isTrue();
    assertThat(state.runtimes()).containsExactly(plain);
  }

  @Test
  void plugins() {
    PluginInfo full =
        new PluginInfo(
            "a.jar", "x", "1", "x", PluginInfo.State.SERVING, "ab", "key", "0.9", "gone", NOW);
    PluginInfo plain =
        new PluginInfo("b.jar", "", "", "", PluginInfo.State.REJECTED, "", null, null, null, NOW);
    reconciler.observed().run(tx -> tx.replacePlugins(List.of(plain, full)));
    assertThat(state.plugins()).containsExactly(full, plain);
    reconciler.observed().run(tx -> tx.replacePlugins(List.of(plain)));
    assertThat(state.plugins()).containsExactly(plain);
  }

  @Test
  void events() {
    assertThat(state.lastEventSeq()).isZero();
    Instant late = NOW.plusSeconds(5);
    EventRecord full =
        new EventRecord(
            0, late, EventRecord.Level.WARNING, "shop", "web", "web-222222", "crashed", "!", "c-9");
    reconciler
        .observed()
        .run(
            tx -> {
              assertThat(tx.appendEvent(Samples.event(NOW, "first"))).isEqualTo(1);
              assertThat(tx.appendEvent(full)).isEqualTo(2);
              assertThat(tx.appendEvent(Samples.event(NOW, "third"))).isEqualTo(3);
            });
    assertThat(state.lastEventSeq()).isEqualTo(3);
    EventRecord second =
        new EventRecord(
            2, late, EventRecord.Level.WARNING, "shop", "web", "web-222222", "crashed", "!", "c-9");
    assertThat(state.events(EventQuery.after(0, 10)))
        .extracting(EventRecord::seq)
        .containsExactly(1L, 2L, 3L);
    assertThat(state.events(EventQuery.after(1, 1))).containsExactly(second);
    assertThat(state.events(new EventQuery(1, 1, null, null, null, null, true)))
        .extracting(EventRecord::message)
        .containsExactly("third");
    for (EventQuery query :
        List.of(
            new EventQuery(0, 9, "shop", null, null, null, false),
            new EventQuery(0, 9, "shop", "web", null, null, true),
            new EventQuery(0, 9, null, "web", null, null, false),
            new EventQuery(0, 9, null, null, "web-222222", null, false),
            new EventQuery(0, 9, null, null, null, "c-9", false),
            new EventQuery(1, 9, "shop", "web", "web-222222", "c-9", true))) {
      assertThat(state.events(query)).as(query.toString()).containsExactly(second);
    }
    assertThat(state.events(new EventQuery(2, 9, "shop", null, null, null, false))).isEmpty();
    assertThat(state.events(new EventQuery(0, 9, "nope", null, null, null, false))).isEmpty();
  }

  @Test
  void epochsGrowOverRestarts() {
    long first = reconciler.observed().<Long>transact(ObservedTx::nextEpoch);
    reconciler.close();
    reconciler = Store.open(directory.resolve("gyre.db"), Component.RECONCILER, CLOCK);
    long second = reconciler.observed().<Long>transact(ObservedTx::nextEpoch);
    assertThat(second).isGreaterThan(first);
    try (Handle handle = new Connections(directory.resolve("gyre.db")).reader(true)) {
      assertThat(handle.select("SELECT synced FROM fencing").map(Rows.NUMBER).one())
          .as("on the disk")
          .isEqualTo(second);
    }
  }

  @Test
  void aSnapshotStaysTheSame() {
    List<Integer> seen =
        host.snapshot(
            snapshot -> {
              int before = snapshot.namespaces().size();
              api.desired()
                  .run(
                      tx -> {
                        tx.putNamespace("new");
                      });
              return List.of(before, snapshot.namespaces().size(), state.namespaces().size());
            });
    assertThat(seen).containsExactly(0, 0, 1);
    int after = host.snapshot(snapshot -> snapshot.namespaces().size());
    assertThat(after).isEqualTo(1);
  }

  @Test
  void limitsMustBePositive() {
    assertThatThrownBy(() -> state.deployments(null, null, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> EventQuery.after(0, -1)).isInstanceOf(IllegalArgumentException.class);
  }
}
