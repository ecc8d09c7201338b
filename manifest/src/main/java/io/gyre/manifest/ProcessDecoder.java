package io.gyre.manifest;

import io.gyre.model.ProcessSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code process}: a command of the host. */
final class ProcessDecoder {
  static final Keys KEYS =
      new Keys(
          Order.of("command", "args", "working_dir", "user", "stop_signal", "stop_grace"),
          Order.of("nice", "umask", "rlimits", "group", "stdin"),
          Map.of(
              "cwd",
              "use working_dir",
              "workdir",
              "use working_dir",
              "env",
              "use environment, outside of process",
              "environment",
              "use environment, outside of process",
              "stop_timeout",
              "use stop_grace"));

  private static final Pattern USER =
      Pattern.compile("[a-zA-Z_][a-zA-Z0-9_.-]{0,63}\\$?|[0-9]{1,10}(:[0-9]{1,10})?");
  private static final long MAX_ID = 4_294_967_294L;

  private ProcessDecoder() {}

  static @Nullable ProcessSpec decode(Value process, Target target) {
    target.need("PROCESS", process, "running a process of the host");
    Fields fields = process.fields(KEYS, "a map with at least a command");
    if (fields == null) {
      return null;
    }
    Value command = fields.require("command", "the shell line, or the list, to run");
    List<String> argv = command == null ? null : CommandLine.ofProcess(command, fields.get("args"));
    Value workingDir = fields.get("working_dir");
    Value user = fields.get("user");
    Value signal = fields.get("stop_signal");
    Value grace = fields.get("stop_grace");
    String directory = workingDir == null ? null : workingDir(workingDir);
    String account = user == null ? null : user(user, target);
    String stopSignal = signal == null ? ProcessSpec.DEFAULT_STOP_SIGNAL : signal(signal);
    Duration stopGrace =
        grace == null
            ? ProcessSpec.DEFAULT_STOP_GRACE
            : Durations.read(grace, Duration.ZERO, Duration.ofHours(1));
    if (argv == null || stopSignal == null || stopGrace == null) {
      return null;
    }
    return new ProcessSpec(argv, directory, account, stopSignal, stopGrace);
  }

  /** The short form: {@code command} with neither image nor process. */
  static @Nullable ProcessSpec ofCommand(Value command, Target target) {
    target.need("PROCESS", command, "running a process of the host");
    List<String> argv = CommandLine.ofProcess(command, null);
    return argv == null
        ? null
        : new ProcessSpec(
            argv, null, null, ProcessSpec.DEFAULT_STOP_SIGNAL, ProcessSpec.DEFAULT_STOP_GRACE);
  }

  private static @Nullable String workingDir(Value value) {
    String path = value.text("an absolute path");
    if (path != null && !AbsolutePath.valid(path)) {
      value.problem("invalid", Excerpt.quoted(path) + " is not an absolute path without \"..\"");
      return null;
    }
    return path;
  }

  private static @Nullable String user(Value value, Target target) {
    target.need("USER", value, "another user");
    String user = value.textOrNumber("a user's name or number");
    if (user == null) {
      return null;
    }
    boolean valid = USER.matcher(user).matches();
    if (valid && Character.isDigit(user.charAt(0))) {
      for (String id : user.split(":", -1)) {
        valid &= Long.parseLong(id) <= MAX_ID;
      }
    }
    if (!valid) {
      value.problem(
          "invalid", Excerpt.quoted(user) + " is not a user: expected a name, uid or uid:gid");
      return null;
    }
    return user;
  }

  private static @Nullable String signal(Value value) {
    String text = value.textOrNumber("a signal such as TERM");
    if (text == null) {
      return null;
    }
    Optional<String> signal = Signals.parse(text);
    if (signal.isEmpty()) {
      value.problem(
          "invalid",
          Excerpt.quoted(text) + " is not a signal; expected a name or number such as TERM or 15");
      return null;
    }
    if (!Signals.canStop(signal.get())) {
      value.problem("invalid", signal.get() + " does not end a process; use TERM, INT or another");
      return null;
    }
    return signal.get();
  }
}
