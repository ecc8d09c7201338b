package io.gyre.store;

import io.gyre.model.BoundPort;
import io.gyre.model.ChangeRecord;
import io.gyre.model.ContainerSpec;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.EventRecord;
import io.gyre.model.ExitRecord;
import io.gyre.model.HealthCheck;
import io.gyre.model.HealthCheck.OnFailure;
import io.gyre.model.HealthCheck.Probe;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.model.NetworkMode;
import io.gyre.model.PortMapping;
import io.gyre.model.ProcessSpec;
import io.gyre.model.PullPolicy;
import io.gyre.model.Resources;
import io.gyre.model.VolumeMount;
import io.gyre.model.WorkloadKind;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;

/** Records to store. */
final class Samples {
  static final Instant NOW = Instant.parse("2026-03-04T05:06:07.089Z");
  static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);
  static final DeploymentKey WEB = new DeploymentKey("shop", "web");

  /** Every optional part set. */
  static final DeploymentSpec FULL =
      new DeploymentSpec(
          "docker",
          WorkloadKind.JOB,
          new ContainerSpec(
              "nginx:1.27",
              List.of("nginx", "-g", "daemon off;"),
              PullPolicy.ALWAYS,
              "1000:1000",
              true),
          null,
          Map.of("B", "2 \"quoted\" \u0000 \u2028 ü", "A", ""),
          List.of(
              new VolumeMount(VolumeMount.Type.BIND, "/srv", null, "/data", true),
              new VolumeMount(VolumeMount.Type.VOLUME, "db", null, "/db", false),
              new VolumeMount(VolumeMount.Type.CONFIG, "site", "nginx.conf", "/etc/n.conf", true)),
          List.of(
              new PortMapping(8080, 80, "127.0.0.1", PortMapping.Protocol.TCP),
              new PortMapping(53, 53, "0.0.0.0", PortMapping.Protocol.UDP)),
          Map.of("team", "shop"),
          new Resources(1500L, 1L << 40, 100L, 1L << 20),
          List.of(
              new HealthCheck(
                  new Probe.Tcp(0),
                  Duration.ofSeconds(5),
                  Duration.ofMillis(1500),
                  3,
                  OnFailure.RESTART,
                  false,
                  Duration.ZERO,
                  Duration.ofMinutes(2)),
              new HealthCheck(
                  new Probe.Http("http://localhost/healthz"),
                  Duration.ofSeconds(1),
                  Duration.ofSeconds(1),
                  1,
                  OnFailure.ALERT,
                  true,
                  Duration.ofSeconds(10),
                  Duration.ZERO),
              new HealthCheck(
                  new Probe.Command(List.of("test", "-f", "/ok")),
                  Duration.ofHours(1),
                  Duration.ofNanos(1),
                  9,
                  OnFailure.STOP,
                  false,
                  Duration.ZERO,
                  Duration.ZERO)),
          NetworkMode.HOST);

  /** Every optional part missing. */
  static final DeploymentSpec PLAIN = process("/bin/true");

  private Samples() {}

  static DeploymentSpec process(String... argv) {
    return new DeploymentSpec(
        "process",
        WorkloadKind.WORKER,
        null,
        new ProcessSpec(
            List.of(argv),
            null,
            null,
            ProcessSpec.DEFAULT_STOP_SIGNAL,
            ProcessSpec.DEFAULT_STOP_GRACE),
        Map.of(),
        List.of(),
        List.of(),
        Map.of(),
        Resources.NONE,
        List.of(),
        NetworkMode.BRIDGE);
  }

  static DesiredDeployment deployment(
      DeploymentKey key, long generation, long revision, DeploymentSpec spec) {
    return new DesiredDeployment(
        key, "u-1", generation, revision, 3, 0, false, spec, NOW, NOW.plusMillis(1), "c-1");
  }

  /** Makes or changes a deployment, with a revision of its own. */
  static void apply(DesiredTx tx, DeploymentKey key, long revision, DeploymentSpec spec) {
    tx.addRevision(key, revision, spec, "c-" + revision, "admin");
    tx.putDeployment(deployment(key, revision, revision, spec));
  }

  static InstanceRecord fullInstance(String id, DeploymentKey key, long revision) {
    return new InstanceRecord(
        new InstanceId(id),
        key,
        revision,
        2,
        "docker",
        true,
        InstanceState.CRASH_LOOPING,
        true,
        4242L,
        "0123abcd",
        "172.17.0.2",
        List.of(new BoundPort("PORT", "127.0.0.1", 31000, 8080, PortMapping.Protocol.TCP)),
        17,
        4,
        NOW,
        NOW.plusSeconds(1),
        NOW.plusSeconds(2),
        new ExitRecord(137, NOW.plusSeconds(3), List.of("out of", "memory \u0000 ü", "")),
        "crash_looping",
        "ended 3 times in a row",
        "c-7",
        NOW.plusSeconds(4));
  }

  static InstanceRecord plainInstance(String id, DeploymentKey key, long revision) {
    return new InstanceRecord(
        new InstanceId(id),
        key,
        revision,
        0,
        "process",
        false,
        InstanceState.PENDING,
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
        null,
        null,
        "c-1",
        NOW);
  }

  static EventRecord event(Instant at, String message) {
    return new EventRecord(
        0, at, EventRecord.Level.NORMAL, null, null, null, "started", message, "c-1");
  }

  static ChangeRecord change(long generation) {
    return new ChangeRecord(
        0, NOW, "admin", "update", WEB.namespace(), WEB.name(), generation, "image", "c-1");
  }
}
