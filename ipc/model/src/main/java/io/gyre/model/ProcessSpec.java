package io.gyre.model;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A command of the host.
 *
 * @param argv the program and its arguments, never empty; a shell line is {@code /bin/sh -c LINE}
 * @param workingDir absolute; null: a directory of the instance's own
 * @param user name or {@code uid[:gid]}; null: the user of the runtime process
 * @param stopSignal without SIG, as in {@code TERM}
 * @param stopGrace between the stop signal and SIGKILL
 */
public record ProcessSpec(
    List<String> argv,
    @Nullable String workingDir,
    @Nullable String user,
    String stopSignal,
    Duration stopGrace) {
  public static final String DEFAULT_STOP_SIGNAL = "TERM";
  public static final Duration DEFAULT_STOP_GRACE = Duration.ofSeconds(10);

  public ProcessSpec {
    argv = List.copyOf(argv);
  }
}
