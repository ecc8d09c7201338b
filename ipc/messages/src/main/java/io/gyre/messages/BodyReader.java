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
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The mirror image of {@link BodyWriter}. */
final class BodyReader {
  private BodyReader() {}

  /** Null where the kind, or a constant that the message can't do without, is not known. */
  static @Nullable Message read(int kind, FieldReader in) throws MalformedMessageException {
    return switch (kind) {
      case 1 -> new Message.DeploymentChanged(key(in, 1), in.number(2));
      case 2 ->
          new Message.OpenLogs(
              instance(in), in.text(2), in.smallNumber(3), in.instant(4), in.flag(5));
      case 3 -> new Message.OpenExec(instance(in), in.text(2), in.texts(3));
      case 4 -> new Message.RollBackPlugin(in.text(1), in.text(2), in.text(3));
      case 105 -> new Message.RegistryLoginChanged(key(in, 1));
      case 10 -> new Message.StartInstance(instance(in), key(in, 2), in.number(3), in.number(4));
      case 11 -> new Message.RemoveInstance(instance(in), key(in, 2), in.number(3));
      case 12 ->
          new Message.RestartInstance(
              instance(in), key(in, 2), in.number(3), in.number(4), in.number(5));
      case 13 -> new Message.ReportInstances();
      case 20 -> new Message.HostStarted();
      case 21 -> new Message.RuntimeChanged(runtime(required(in.group(1), 1)));
      case 22 -> observed(required(in.group(1), 1));
      case 23 -> new Message.InstanceGone(instance(in));
      case 24 -> new Message.InstancesReported(in.text(1), instances(in.texts(2)));
      case 75 ->
          new Message.InstancesReportedPart(
              in.text(1), in.text(2), in.text(3), instances(in.texts(4)));
      case 25 -> new Message.CommandDone(instance(in), in.number(2));
      case 26 -> failed(in);
      case 27 -> new Message.PluginsReported(plugins(in.groups(1)));
      case 28 -> pluginChanged(in);
      case 40 -> new Message.StateChanged(in.number(1));
      case 41 -> new Message.DeploymentRemoved(key(in, 1), in.text(2), in.number(3));
      case 42 ->
          new Message.RolledBack(key(in, 1), in.text(2), in.number(3), in.number(4), in.text(5));
      case 50 -> component(in);
      case 70 -> new Message.StopInstance(instance(in), key(in, 2), in.number(3), in.number(4));
      case 71 ->
          new Message.RestartRun(
              instance(in), key(in, 2), in.number(3), in.number(4), required(in.instant(5), 5));
      case 72 -> new Message.DeploymentHalted(key(in, 1), in.text(2), in.number(3), in.text(4));
      case 65 ->
          new Message.UsageReported(
              in.text(1), time(in.instant(2)), in.flag(3), usages(in.groups(4)));
      case 66 ->
          new Message.ReplicasDecided(
              key(in, 1), in.text(2), in.number(3), in.smallNumber(4), in.text(5));
      case 90 -> new Message.ContentChanged(key(in, 1));
      case 91 -> new Message.ContentRefreshed(instance(in), key(in, 2), in.flag(3), in.text(4));
      case 92 -> new Message.VolumesReported(in.text(1), in.texts(2));
      case 93 -> new Message.RemoveVolume(in.text(1), in.text(2));
      default -> null;
    };
  }

  private static <T> T required(@Nullable T value, int field) throws MalformedMessageException {
    if (value == null) {
      throw new MalformedMessageException("field " + field + " is missing");
    }
    return value;
  }

  private static InstanceId instance(FieldReader in) throws MalformedMessageException {
    return new InstanceId(in.text(1));
  }

  private static List<InstanceId> instances(List<String> ids) {
    return ids.stream().map(InstanceId::new).toList();
  }

  private static DeploymentKey key(FieldReader in, int field) throws MalformedMessageException {
    FieldReader key = required(in.group(field), field);
    return new DeploymentKey(key.text(1), key.text(2));
  }

  private static Message.CommandFailed failed(FieldReader in) throws MalformedMessageException {
    @Nullable ErrorKind kind = in.constant(2, ErrorKind.class);
    return new Message.CommandFailed(
        instance(in),
        kind == null ? ErrorKind.INTERNAL : kind,
        in.text(3),
        in.text(4),
        in.optionalText(5),
        in.flag(6));
  }

  private static Message.@Nullable ComponentChanged component(FieldReader in)
      throws MalformedMessageException {
    @Nullable Component component = in.constant(1, Component.class);
    return component == null
        ? null
        : new Message.ComponentChanged(component, in.text(2), in.number(3), in.text(4));
  }

  private static Instant time(@Nullable Instant instant) {
    return instant == null ? Instant.EPOCH : instant;
  }

  private static List<UsageSample> usages(List<FieldReader> groups)
      throws MalformedMessageException {
    List<UsageSample> samples = new ArrayList<>(groups.size());
    for (FieldReader in : groups) {
      samples.add(
          new UsageSample(
              instance(in),
              time(in.instant(2)),
              in.number(3),
              in.number(4),
              in.number(5),
              in.optionalNumber(6),
              in.optionalNumber(7)));
    }
    return samples;
  }

  private static RuntimeInfo runtime(FieldReader in) throws MalformedMessageException {
    RuntimeInfo.@Nullable State state = in.constant(3, RuntimeInfo.State.class);
    @Nullable Instant since = in.instant(7);
    return new RuntimeInfo(
        in.text(1),
        in.text(2),
        state == null ? RuntimeInfo.State.UNAVAILABLE : state,
        in.optionalText(4),
        new LinkedHashSet<>(in.texts(5)),
        in.text(6),
        since == null ? Instant.EPOCH : since);
  }

  /** Without those in a state that this version doesn't know. */
  private static List<PluginInfo> plugins(List<FieldReader> groups)
      throws MalformedMessageException {
    List<PluginInfo> plugins = new ArrayList<>();
    for (FieldReader plugin : groups) {
      PluginInfo.@Nullable State state = plugin.constant(5, PluginInfo.State.class);
      @Nullable Instant since = plugin.instant(10);
      if (state != null) {
        plugins.add(
            new PluginInfo(
                plugin.text(1),
                plugin.text(2),
                plugin.text(3),
                plugin.text(4),
                state,
                plugin.text(6),
                plugin.optionalText(7),
                plugin.optionalText(8),
                plugin.optionalText(9),
                since == null ? Instant.EPOCH : since));
      }
    }
    return plugins;
  }

  private static Message.@Nullable PluginChanged pluginChanged(FieldReader in)
      throws MalformedMessageException {
    @Nullable PluginChange change = in.constant(1, PluginChange.class);
    return change == null ? null : new Message.PluginChanged(change, in.text(2));
  }

  private static Message.@Nullable InstanceObserved observed(FieldReader in)
      throws MalformedMessageException {
    @Nullable ObservedState state = in.constant(5, ObservedState.class);
    if (state == null) {
      return null;
    }
    return new Message.InstanceObserved(
        new InstanceObservation(
            instance(in),
            key(in, 2),
            in.number(3),
            in.text(4),
            state,
            in.optionalNumber(6),
            in.optionalText(7),
            in.optionalText(8),
            ports(in.groups(9)),
            in.instant(10),
            in.number(11),
            in.flag(12),
            in.instant(13),
            exit(in.group(14)),
            in.optionalText(15)));
  }

  /** Without those of a protocol that this version doesn't know. */
  private static List<BoundPort> ports(List<FieldReader> groups) throws MalformedMessageException {
    List<BoundPort> ports = new ArrayList<>();
    for (FieldReader port : groups) {
      PortMapping.@Nullable Protocol protocol = port.constant(5, PortMapping.Protocol.class);
      if (protocol != null) {
        ports.add(
            new BoundPort(
                port.text(1), port.text(2), port.smallNumber(3), port.smallNumber(4), protocol));
      }
    }
    return ports;
  }

  private static @Nullable ExitRecord exit(@Nullable FieldReader in)
      throws MalformedMessageException {
    if (in == null) {
      return null;
    }
    @Nullable Instant at = in.instant(2);
    return new ExitRecord(in.smallNumber(1), at == null ? Instant.EPOCH : at, in.texts(3));
  }
}
