package io.gyre.messages;

import io.gyre.model.BoundPort;
import io.gyre.model.DeploymentKey;
import io.gyre.model.ExitRecord;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceObservation;
import io.gyre.model.PluginInfo;
import io.gyre.model.RuntimeInfo;
import io.gyre.model.UsageSample;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Kind numbers and fields of every message; {@link BodyReader} is its mirror image. */
final class BodyWriter {
  private static final int LINES = 20;
  private static final int LINE_LIMIT = 500;
  private static final int LINES_LIMIT = 8192;
  private static final int PLUGINS = 64;
  private static final int PLUGIN_TEXT_LIMIT = 500;

  private BodyWriter() {}

  static int kind(Message message) {
    return switch (message) {
      case Message.DeploymentChanged m -> 1;
      case Message.OpenLogs m -> 2;
      case Message.OpenExec m -> 3;
      case Message.RollBackPlugin m -> 4;
      case Message.RegistryLoginChanged m -> 105;
      case Message.StartInstance m -> 10;
      case Message.RemoveInstance m -> 11;
      case Message.RestartInstance m -> 12;
      case Message.ReportInstances m -> 13;
      case Message.HostStarted m -> 20;
      case Message.RuntimeChanged m -> 21;
      case Message.InstanceObserved m -> 22;
      case Message.InstanceGone m -> 23;
      case Message.InstancesReported m -> 24;
      case Message.InstancesReportedPart m -> 75;
      case Message.CommandDone m -> 25;
      case Message.CommandFailed m -> 26;
      case Message.PluginsReported m -> 27;
      case Message.PluginChanged m -> 28;
      case Message.StateChanged m -> 40;
      case Message.DeploymentRemoved m -> 41;
      case Message.RolledBack m -> 42;
      case Message.ComponentChanged m -> 50;
      case Message.StopInstance m -> 70;
      case Message.RestartRun m -> 71;
      case Message.DeploymentHalted m -> 72;
      case Message.UsageReported m -> 65;
      case Message.ReplicasDecided m -> 66;
      case Message.ContentChanged m -> 90;
      case Message.ContentRefreshed m -> 91;
      case Message.VolumesReported m -> 92;
      case Message.RemoveVolume m -> 93;
    };
  }

  static FieldWriter write(Message message) {
    FieldWriter out = new FieldWriter();
    return switch (message) {
      case Message.Intent intent -> intent(intent, out);
      case Message.Command command -> command(command, out);
      case Message.Fact fact -> fact(fact, out);
      case Message.StateChanged m -> out.number(1, m.lastEventSeq());
      case Message.DeploymentRemoved m ->
          key(out, 1, m.deployment()).text(2, m.uid()).number(3, m.generation());
      case Message.RolledBack m ->
          key(out, 1, m.deployment())
              .text(2, m.uid())
              .number(3, m.failed())
              .number(4, m.healthy())
              .text(5, cut(m.reason(), MessageCodec.TEXT_LIMIT));
      case Message.DeploymentHalted m ->
          key(out, 1, m.deployment())
              .text(2, m.uid())
              .number(3, m.generation())
              .text(4, cut(m.reason(), MessageCodec.TEXT_LIMIT));
      case Message.ReplicasDecided m ->
          key(out, 1, m.deployment())
              .text(2, m.uid())
              .number(3, m.generation())
              .number(4, m.replicas())
              .text(5, cut(m.reason(), MessageCodec.TEXT_LIMIT));
      case Message.ComponentChanged m ->
          out.constant(1, m.component())
              .text(2, cut(m.state(), MessageCodec.TEXT_LIMIT))
              .number(3, m.pid())
              .text(4, cut(m.message(), MessageCodec.TEXT_LIMIT));
    };
  }

  private static FieldWriter intent(Message.Intent intent, FieldWriter out) {
    return switch (intent) {
      case Message.DeploymentChanged m -> key(out, 1, m.deployment()).number(2, m.generation());
      case Message.OpenLogs m ->
          out.text(1, m.instance().value())
              .text(2, m.socketPath())
              .number(3, m.tail())
              .instant(4, m.since())
              .flag(5, m.follow());
      case Message.OpenExec m ->
          out.text(1, m.instance().value()).text(2, m.socketPath()).texts(3, m.command());
      case Message.RollBackPlugin m ->
          out.text(1, m.runtime()).text(2, m.fromSha256()).text(3, m.actor());
      case Message.RegistryLoginChanged m -> key(out, 1, m.deployment());
      case Message.ContentChanged m -> key(out, 1, m.deployment());
      case Message.RemoveVolume m -> out.text(1, m.namespace()).text(2, m.name());
    };
  }

  private static FieldWriter command(Message.Command command, FieldWriter out) {
    return switch (command) {
      case Message.StartInstance m ->
          key(out.text(1, m.instance().value()), 2, m.deployment())
              .number(3, m.revision())
              .number(4, m.generation());
      case Message.RemoveInstance m ->
          key(out.text(1, m.instance().value()), 2, m.deployment()).number(3, m.generation());
      case Message.RestartInstance m ->
          key(out.text(1, m.instance().value()), 2, m.deployment())
              .number(3, m.revision())
              .number(4, m.generation())
              .number(5, m.nonce());
      case Message.StopInstance m ->
          key(out.text(1, m.instance().value()), 2, m.deployment())
              .number(3, m.revision())
              .number(4, m.generation());
      case Message.RestartRun m ->
          key(out.text(1, m.instance().value()), 2, m.deployment())
              .number(3, m.revision())
              .number(4, m.generation())
              .instant(5, m.run());
      case Message.ReportInstances m -> out;
    };
  }

  private static FieldWriter fact(Message.Fact fact, FieldWriter out) {
    return switch (fact) {
      case Message.HostStarted m -> out;
      case Message.RuntimeChanged m -> out.group(1, runtime(m.runtime()));
      case Message.InstanceObserved m -> out.group(1, observation(m.observation()));
      case Message.InstanceGone m -> out.text(1, m.instance().value());
      case Message.InstancesReported m ->
          out.text(1, m.runtime()).texts(2, m.instances().stream().map(InstanceId::value).toList());
      case Message.InstancesReportedPart m ->
          out.text(1, m.runtime())
              .text(2, m.after())
              .text(3, m.through())
              .texts(4, m.instances().stream().map(InstanceId::value).toList());
      case Message.CommandDone m -> out.text(1, m.instance().value()).number(2, m.restartNonce());
      case Message.CommandFailed m ->
          out.text(1, m.instance().value())
              .constant(2, m.kind())
              .text(3, m.code())
              .text(4, cut(m.message(), MessageCodec.TEXT_LIMIT))
              .optionalText(5, cut(m.hint()))
              .flag(6, m.retryable());
      case Message.PluginsReported m -> {
        m.plugins().stream().limit(PLUGINS).forEach(plugin -> out.group(1, plugin(plugin)));
        yield out;
      }
      case Message.ContentRefreshed m ->
          key(out.text(1, m.instance().value()), 2, m.deployment())
              .flag(3, m.failed())
              .text(4, cut(m.message(), MessageCodec.TEXT_LIMIT));
      case Message.VolumesReported m -> out.text(1, m.runtime()).texts(2, m.volumes());
      case Message.PluginChanged m ->
          out.constant(1, m.change()).text(2, cut(m.message(), MessageCodec.TEXT_LIMIT));
      case Message.UsageReported m -> {
        out.text(1, m.runtime()).instant(2, m.round()).flag(3, m.last());
        m.samples().forEach(sample -> out.group(4, usage(sample)));
        yield out;
      }
    };
  }

  private static FieldWriter key(FieldWriter out, int field, DeploymentKey key) {
    return out.group(field, new FieldWriter().text(1, key.namespace()).text(2, key.name()));
  }

  private static FieldWriter runtime(RuntimeInfo runtime) {
    return new FieldWriter()
        .text(1, runtime.name())
        .text(2, runtime.version())
        .constant(3, runtime.state())
        .optionalText(4, cut(runtime.message()))
        .texts(5, runtime.capabilities())
        .text(6, runtime.source())
        .instant(7, runtime.since());
  }

  private static FieldWriter plugin(PluginInfo plugin) {
    @Nullable String message = plugin.message();
    return new FieldWriter()
        .text(1, plugin.file())
        .text(2, cut(plugin.id(), PLUGIN_TEXT_LIMIT))
        .text(3, cut(plugin.version(), PLUGIN_TEXT_LIMIT))
        .text(4, plugin.runtime())
        .constant(5, plugin.state())
        .text(6, plugin.sha256())
        .optionalText(7, plugin.signedBy())
        .optionalText(8, plugin.rollbackTo())
        .optionalText(9, message == null ? null : cut(message, PLUGIN_TEXT_LIMIT))
        .instant(10, plugin.since());
  }

  private static FieldWriter usage(UsageSample sample) {
    return new FieldWriter()
        .text(1, sample.instance().value())
        .instant(2, sample.at())
        .number(3, sample.origin())
        .number(4, sample.cpuNanos())
        .number(5, sample.memoryBytes())
        .optionalNumber(6, sample.receivedBytes())
        .optionalNumber(7, sample.sentBytes());
  }

  private static FieldWriter observation(InstanceObservation seen) {
    FieldWriter out =
        key(new FieldWriter().text(1, seen.id().value()), 2, seen.deployment())
            .number(3, seen.revision())
            .text(4, seen.runtime())
            .constant(5, seen.state())
            .optionalNumber(6, seen.pid())
            .optionalText(7, seen.handle())
            .optionalText(8, seen.address());
    for (BoundPort port : seen.ports()) {
      out.group(9, port(port));
    }
    out.instant(10, seen.startedAt())
        .number(11, seen.restarts())
        .flag(12, seen.crashLooping())
        .instant(13, seen.nextStartAt());
    @Nullable ExitRecord exit = seen.lastExit();
    if (exit != null) {
      out.group(14, exit(exit));
    }
    return out.optionalText(15, cut(seen.reason()));
  }

  private static FieldWriter port(BoundPort port) {
    return new FieldWriter()
        .text(1, port.name())
        .text(2, port.hostIp())
        .number(3, port.port())
        .number(4, port.target())
        .constant(5, port.protocol());
  }

  private static FieldWriter exit(ExitRecord exit) {
    return new FieldWriter()
        .number(1, exit.code())
        .instant(2, exit.at())
        .texts(3, lastLines(exit.lastLines()));
  }

  /** The newest lines that fit, each cut. */
  private static List<String> lastLines(List<String> lines) {
    List<String> kept = new ArrayList<>();
    int room = LINES_LIMIT;
    for (int i = lines.size() - 1; i >= 0 && kept.size() < LINES; i--) {
      String line = cut(lines.get(i), LINE_LIMIT);
      room -= line.length();
      if (room < 0) {
        break;
      }
      kept.add(line);
    }
    Collections.reverse(kept);
    return kept;
  }

  private static @Nullable String cut(@Nullable String text) {
    return text == null ? null : cut(text, MessageCodec.TEXT_LIMIT);
  }

  private static String cut(String text, int limit) {
    if (text.length() <= limit) {
      return text;
    }
    int end = limit - 1;
    return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end) + "…";
  }
}
