package io.gyre.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.model.Component;
import io.gyre.model.Demand;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.model.NetworkMode;
import io.gyre.model.ProcessSpec;
import io.gyre.model.Quota;
import io.gyre.model.Resources;
import io.gyre.model.Usage;
import io.gyre.model.WorkloadKind;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is asked of the host and what is held of it, from the rows. */
final class DemandComponentTest {
  private static final long MI = 1L << 20;
  private static final Instant NOW = Instant.ofEpochMilli(1_700_000_000_000L);
  private static final DeploymentKey WEB = new DeploymentKey("team", "web");

  @TempDir Path directory;
  private Store api;
  private Store reconciler;

  @BeforeEach
  void open() {
    api = Store.open(directory.resolve("gyre.db"), Component.API, Clock.systemUTC());
    reconciler = Store.open(directory.resolve("gyre.db"), Component.RECONCILER, Clock.systemUTC());
  }

  @AfterEach
  void close() {
    reconciler.close();
    api.close();
  }

  private static DeploymentSpec spec(Resources resources) {
    return new DeploymentSpec(
        "process",
        WorkloadKind.WORKER,
        null,
        new ProcessSpec(List.of("a"), null, null, "TERM", Duration.ofSeconds(1)),
        Map.of(),
        List.of(),
        List.of(),
        Map.of(),
        resources,
        List.of(),
        NetworkMode.HOST);
  }

  private static DesiredDeployment wanted(
      DeploymentKey key,
      long generation,
      long revision,
      int replicas,
      boolean deleted,
      DeploymentSpec spec) {
    return new DesiredDeployment(
        key, "uid", generation, revision, replicas, 0, deleted, spec, NOW, NOW, "c");
  }

  private void put(DesiredDeployment deployment) {
    api.desired()
        .run(
            tx -> {
              tx.putNamespace(deployment.key().namespace());
              if (tx.revisionSpec(deployment.key(), deployment.revision()).isEmpty()) {
                tx.addRevision(
                    deployment.key(), deployment.revision(), deployment.spec(), "c", "me");
              }
              tx.putDeployment(deployment);
            });
  }

  private void instance(String id, long revision, InstanceState state, @Nullable String reason) {
    reconciler
        .observed()
        .run(
            tx ->
                tx.putInstance(
                    new InstanceRecord(
                        new InstanceId(id),
                        WEB,
                        revision,
                        0,
                        "process",
                        false,
                        state,
                        false,
                        null,
                        null,
                        null,
                        List.of(),
                        0,
                        0,
                        NOW,
                        null,
                        null,
                        null,
                        reason,
                        null,
                        "c",
                        NOW)));
  }

  @Test
  void whatIsWantedAndWhatIsHeld() {
    DeploymentSpec first = spec(new Resources(500L, 256 * MI, null, 128 * MI));
    DeploymentSpec second = spec(new Resources(null, 512 * MI, 100L, null));
    put(wanted(WEB, 1, 1, 2, false, first));
    put(wanted(WEB, 2, 2, 3, false, second));
    put(wanted(new DeploymentKey("team", "plain"), 1, 1, 7, false, spec(Resources.NONE)));
    put(wanted(new DeploymentKey("team", "going"), 1, 1, 9, true, first));
    assertThat(api.read().demands())
        .containsExactly(new WantedDemand(WEB, 3, new Demand(512 * MI, 100)));
    assertThat(api.read().usage("team")).isEqualTo(new Usage(2, 10, new Demand(3 * 512 * MI, 300)));
    assertThat(api.read().usage("nowhere")).isEqualTo(Usage.NONE);

    instance("web-a", 1, InstanceState.RUNNING, null);
    instance("web-b", 2, InstanceState.PENDING, null);
    instance("web-c", 2, InstanceState.PENDING, "insufficient_memory");
    instance("web-d", 2, InstanceState.FAILED, "start_failed");
    assertThat(api.read().heldDemands())
        .isEqualTo(Map.of(WEB, new Demand((128 + 512 + 512) * MI, 500 + 100 + 100)));
    api.desired().run(tx -> tx.removeDeployment(WEB, "uid"));
    assertThat(api.read().demands()).isEmpty();
  }

  @Test
  void quotasComeAndGo() {
    Quota quota = new Quota(3L, null, 4096 * MI, 2000L);
    api.desired()
        .run(
            tx -> {
              tx.putNamespace("team");
              tx.putQuota("team", quota);
            });
    assertThat(api.read().quotas()).isEqualTo(Map.of("team", quota));
    api.desired().run(tx -> tx.putQuota("team", new Quota(1L, 2L, null, null)));
    assertThat(api.read().quotas()).isEqualTo(Map.of("team", new Quota(1L, 2L, null, null)));
    api.desired().run(tx -> tx.putQuota("team", Quota.NONE));
    assertThat(api.read().quotas()).isEmpty();
    api.desired().run(tx -> tx.putQuota("team", quota));
    api.desired().run(tx -> tx.deleteNamespace("team"));
    assertThat(api.read().quotas()).isEmpty();
  }

  @Test
  void anOlderDatabaseLearnsWhatItsRevisionsAskFor() throws Exception {
    DeploymentSpec first = spec(new Resources(500L, 256 * MI, null, 128 * MI));
    put(wanted(WEB, 1, 1, 2, false, first));
    put(wanted(new DeploymentKey("team", "plain"), 1, 1, 7, false, spec(Resources.NONE)));
    close();
    makeOlder(6);
    open();
    assertThat(api.read().demands())
        .containsExactly(new WantedDemand(WEB, 2, new Demand(128 * MI, 500)));
  }

  /** Puts a database of that version in the place of this one, with what that version knew. */
  private void makeOlder(int version) throws Exception {
    Path database = directory.resolve("gyre.db");
    Path older = directory.resolve("older.db");
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + older);
        Statement statement = connection.createStatement()) {
      for (int each = 1; each <= version; each++) {
        String script =
            new String(
                Objects.requireNonNull(
                        Store.class.getResourceAsStream("/io/gyre/store/schema/V" + each + ".sql"))
                    .readAllBytes(),
                StandardCharsets.UTF_8);
        for (String sql : script.split(";\\R")) {
          if (!sql.isBlank()) {
            statement.execute(sql);
          }
        }
        statement.execute("INSERT INTO migration VALUES (" + each + ", 0, 'api')");
      }
      statement.execute("PRAGMA user_version = " + version);
      statement.execute("ATTACH '" + database + "' AS newer");
      for (String table : List.of("namespace", "revision", "deployment")) {
        List<String> columns = new ArrayList<>();
        try (ResultSet found =
            statement.executeQuery("SELECT name FROM pragma_table_info('" + table + "')")) {
          while (found.next()) {
            columns.add(found.getString(1));
          }
        }
        String names = String.join(", ", columns);
        statement.execute(
            "INSERT INTO main.%s (%s) SELECT %s FROM newer.%s"
                .formatted(table, names, names, table));
      }
    }
    for (String suffix : List.of("-wal", "-shm")) {
      Files.deleteIfExists(directory.resolve("gyre.db" + suffix));
    }
    Files.move(older, database, StandardCopyOption.REPLACE_EXISTING);
  }

  @Test
  void versionsAreThoseOfTheDeployments() {
    for (int i = 0; i < 5; i++) {
      put(
          wanted(
              new DeploymentKey(i < 3 ? "a" : "b", "d" + i),
              1,
              1,
              1,
              i == 4,
              spec(Resources.NONE)));
    }
    List<DesiredVersion> all = api.read().versions(null, 100);
    assertThat(all)
        .isEqualTo(
            api.read().deployments(null, null, 100).stream()
                .map(d -> new DesiredVersion(d.key(), d.uid(), d.generation()))
                .toList());
    assertThat(api.read().versions(all.get(1).key(), 2)).isEqualTo(all.subList(2, 4));
  }
}
