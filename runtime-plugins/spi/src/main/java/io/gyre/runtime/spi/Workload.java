package io.gyre.runtime.spi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is run. */
public sealed interface Workload {
  /**
   * @param command replaces the image's command; empty: the image's own
   * @param user null: the image's own
   */
  record Container(
      String image,
      PullPolicy pullPolicy,
      List<String> command,
      @Nullable String user,
      boolean privileged)
      implements Workload {
    public Container {
      command = List.copyOf(command);
    }
  }

  /**
   * @param argv program and arguments, never empty; the program is looked up in the PATH of the
   *     instance's environment
   * @param workingDir absolute; null: a directory of the instance's own
   * @param user name or {@code uid[:gid]}; null: the host process's
   */
  record HostProcess(List<String> argv, @Nullable String workingDir, @Nullable String user)
      implements Workload {
    public HostProcess {
      argv = List.copyOf(argv);
    }
  }

  enum PullPolicy {
    ALWAYS,
    IF_NOT_PRESENT,
    NEVER
  }
}
