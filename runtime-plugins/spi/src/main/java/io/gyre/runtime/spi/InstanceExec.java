package io.gyre.runtime.spi;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/** Ability to run a command beside the main process of a running instance, in its environment. */
public interface InstanceExec {
  /**
   * Runs it on the calling thread to its end. Where the command ends, or stdout throws, nothing of
   * it is left running.
   *
   * @param stdin read until its end; not closed
   * @return the exit code, 128 + signal for a signal
   * @throws RuntimeFailure CONFLICT where the instance doesn't run; INVALID where the program is
   *     missing
   */
  int exec(
      String id, List<String> command, InputStream stdin, OutputStream stdout, OutputStream stderr)
      throws RuntimeFailure;
}
