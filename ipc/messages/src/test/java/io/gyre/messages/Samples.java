package io.gyre.messages;

import io.gyre.model.BoundPort;
import io.gyre.model.Component;
import io.gyre.model.DeploymentKey;
import io.gyre.model.ErrorKind;
import io.gyre.model.ExitRecord;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceObservation;
import io.gyre.model.ObservedState;
import io.gyre.model.PluginChange;
import io.gyre.model.PluginInfo;
import io.gyre.model.PortMapping;
import io.gyre.model.RuntimeInfo;
import io.gyre.model.UsageSample;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** At least one message of every kind, and the extremes of their fields. */
final class Samples {
  static final Instant AT = Instant.parse("2026-11-20T17:40:00.123456789Z");
  static final InstanceId INSTANCE = new InstanceId("web-7k2xq9");
  static final DeploymentKey DEPLOYMENT = new DeploymentKey("shop", "web");
  static final Envelope ENVELOPE =
      new Envelope("api-12-345", "c-8fk2m4q7xz", Component.API, 12, "reconciler-3-9", AT);

  private Samples() {}

  static Map<String, Message> all() {
    Map<String, Message> all = new LinkedHashMap<>();
    all.put("deployment-changed", new Message.DeploymentChanged(DEPLOYMENT, 7));
    all.put("open-logs", new Message.OpenLogs(INSTANCE, "/run/gyre/s/1.sock", 100, AT, true));
    all.put("open-logs-all", new Message.OpenLogs(INSTANCE, "/run/s", -1, null, false));
    all.put(
        "open-exec",
        new Message.OpenExec(INSTANCE, "/run/gyre/s/2.sock", List.of("sh", "-c", "", "echo ü€😀")));
    all.put("roll-back-plugin", new Message.RollBackPlugin("docker", "ab12", "admin"));
    all.put("content-changed", new Message.ContentChanged(DEPLOYMENT));
    all.put(
        "content-refreshed",
        new Message.ContentRefreshed(INSTANCE, DEPLOYMENT, true, "its files are not replaced yet"));
    all.put("volumes-reported", new Message.VolumesReported("docker", List.of("shop/data", "a/b")));
    all.put("remove-volume", new Message.RemoveVolume("shop", "data"));
    all.put("start-instance", new Message.StartInstance(INSTANCE, DEPLOYMENT, 3, 7));
    all.put("remove-instance", new Message.RemoveInstance(INSTANCE, DEPLOYMENT, 8));
    all.put(
        "restart-instance",
        new Message.RestartInstance(INSTANCE, DEPLOYMENT, 3, Long.MAX_VALUE, Long.MIN_VALUE));
    all.put("report-instances", new Message.ReportInstances());
    all.put("host-started", new Message.HostStarted());
    all.put("runtime-changed", new Message.RuntimeChanged(runtime("no engine")));
    all.put("runtime-ready", new Message.RuntimeChanged(runtime(null)));
    all.put("instance-observed", new Message.InstanceObserved(observation()));
    all.put("instance-observed-bare", new Message.InstanceObserved(bareObservation()));
    all.put("instance-gone", new Message.InstanceGone(INSTANCE));
    all.put(
        "instances-reported",
        new Message.InstancesReported("docker", List.of(INSTANCE, new InstanceId("db-a"))));
    all.put("instances-reported-none", new Message.InstancesReported("process", List.of()));
    all.put("command-done", new Message.CommandDone(INSTANCE, 4));
    all.put(
        "command-failed",
        new Message.CommandFailed(
            INSTANCE, ErrorKind.RUNTIME, "image.pull_failed", "no such image", "push it", true));
    all.put(
        "command-failed-bare",
        new Message.CommandFailed(INSTANCE, ErrorKind.INTERNAL, "internal", "", null, false));
    all.put("plugins-reported", new Message.PluginsReported(List.of(plugin(), barePlugin())));
    all.put("plugins-reported-none", new Message.PluginsReported(List.of()));
    all.put("plugin-changed", new Message.PluginChanged(PluginChange.REJECTED, "not signed"));
    all.put("state-changed", new Message.StateChanged(1234567));
    all.put("deployment-removed", new Message.DeploymentRemoved(DEPLOYMENT, "u-1", 9));
    all.put(
        "rolled-back", new Message.RolledBack(DEPLOYMENT, "u-1", 4, 3, "web-a exited with code 3"));
    all.put(
        "component-changed", new Message.ComponentChanged(Component.RUNTIME, "ready", 4711, ""));
    all.put("stop-instance", new Message.StopInstance(INSTANCE, DEPLOYMENT, 3, 7));
    all.put("restart-run", new Message.RestartRun(INSTANCE, DEPLOYMENT, 3, 7, AT));
    all.put(
        "deployment-halted",
        new Message.DeploymentHalted(DEPLOYMENT, "u-1", 7, "web-a: GET / answered 503"));
    all.put(
        "usage-reported",
        new Message.UsageReported(
            "docker",
            AT,
            true,
            List.of(
                new UsageSample(INSTANCE, AT, Long.MIN_VALUE, 1_234_567_890, 5 << 20, 0L, 77L),
                new UsageSample(new InstanceId("db-a"), AT.plusNanos(1), 0, 0, 0, null, null))));
    all.put(
        "usage-reported-none",
        new Message.UsageReported("process", Instant.EPOCH, false, List.of()));
    all.put(
        "replicas-decided",
        new Message.ReplicasDecided(
            DEPLOYMENT, "u-1", 9, 6, "cpu 182% of 70% over 60 s: 2 -> 6, max 6"));
    all.put(
        "instances-reported-part",
        new Message.InstancesReportedPart("docker", "db-a", "web-x", List.of(INSTANCE)));
    all.put(
        "instances-reported-last-part",
        new Message.InstancesReportedPart("docker", "web-x", "", List.of()));
    all.put("registry-login-changed", new Message.RegistryLoginChanged(DEPLOYMENT));
    return all;
  }

  private static RuntimeInfo runtime(@Nullable String message) {
    return new RuntimeInfo(
        "docker",
        "1.2.3",
        message == null ? RuntimeInfo.State.READY : RuntimeInfo.State.UNAVAILABLE,
        message,
        Set.of("exec", "logs"),
        "plugins/docker.jar",
        AT);
  }

  private static PluginInfo plugin() {
    return new PluginInfo(
        "/var/lib/gyre/plugins/docker.jar",
        "docker",
        "1.2.3",
        "docker",
        PluginInfo.State.SERVING,
        "ab12",
        "3f9a",
        "1.2.2",
        "its file is gone",
        AT);
  }

  private static PluginInfo barePlugin() {
    return new PluginInfo(
        "x.jar", "", "", "", PluginInfo.State.REJECTED, "", null, null, null, Instant.EPOCH);
  }

  static InstanceObservation observation() {
    return new InstanceObservation(
        INSTANCE,
        DEPLOYMENT,
        3,
        "docker",
        ObservedState.BACKING_OFF,
        4711L,
        "0123456789ab",
        "172.18.0.2",
        List.of(
            new BoundPort("PORT", "127.0.0.1", 30001, 30001, PortMapping.Protocol.TCP),
            new BoundPort("53", "0.0.0.0", 5353, 53, PortMapping.Protocol.UDP)),
        AT.minusSeconds(60),
        5,
        true,
        AT.plusMillis(1500),
        new ExitRecord(137, AT, List.of("first", "", "last ü")),
        "exited with 137");
  }

  static InstanceObservation bareObservation() {
    return new InstanceObservation(
        INSTANCE,
        DEPLOYMENT,
        0,
        "process",
        ObservedState.STARTING,
        null,
        null,
        null,
        List.of(),
        null,
        0,
        false,
        null,
        null,
        null);
  }
}
