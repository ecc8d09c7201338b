package io.gyre.runtime.testkit;

import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.Workload;

/**
 * Workloads of the runtime under test. Only {@link #shell} and {@link #missing} depend on it.
 *
 * <p>A script runs as the main process, which is pid 1 in a container and so ignores signals that
 * it doesn't trap: every workload here that must end on TERM traps it.
 */
public interface Workloads {
  /** The trap comes after the fork: a forked shell that still had it would swallow the signal. */
  String STAYS = "sleep 86400 & trap 'kill $! 2>/dev/null; exit 0' TERM; wait";

  /** Runs {@code sh -c script} as the main process. */
  Workload shell(String script);

  /** A program or image that isn't there. */
  Workload missing();

  /** The kind and code that starting {@link #missing} fails with. */
  Missing missingFailure();

  /**
   * @param names what the message must contain for the user to find the mistake
   */
  record Missing(RuntimeFailure.Kind kind, String code, String names) {}

  default Workload longRunning() {
    return shell(STAYS);
  }

  /** Prints its last words to both outputs, then ends. */
  default Workload exitsWith(int code) {
    return shell("echo out-before-exit; echo err-before-exit >&2; exit " + code);
  }

  /** Prints {@code line 1} to {@code line n} and stays. */
  default Workload printsLines(int lines) {
    return printsThenSleeps(
        "i=1; while [ $i -le " + lines + " ]; do echo line $i; i=$((i+1)); done");
  }

  /** Runs the commands, then stays. */
  default Workload printsThenSleeps(String commands) {
    return shell(commands + "; " + STAYS);
  }

  /** Prints a line, then another every 50 ms. */
  default Workload printsForEver() {
    return shell("trap 'exit 0' TERM; i=0; while :; do i=$((i+1)); echo tick $i; sleep 0.05; done");
  }

  /** Has children that ignore TERM, one of them in a session of its own where that exists. */
  default Workload spawnsChildren() {
    return shell(
        "(trap '' TERM; while :; do sleep 1; done) & "
            + "setsid sh -c \"trap '' TERM; while :; do sleep 1; done\" & "
            + "trap 'exit 0' TERM; echo ready; wait");
  }

  default Workload ignoresTerm() {
    return shell("trap '' TERM; echo ready; while :; do sleep 0.2; done");
  }

  /** On TERM it takes 300 ms to say goodbye. */
  default Workload endsSlowly() {
    return shell(
        "trap 'sleep 0.3; echo goodbye; exit 0' TERM; echo ready; while :; do sleep 0.05; done");
  }

  /** Ends on USR1 only. */
  default Workload endsOnUsr1() {
    return shell(
        "trap '' TERM; trap 'echo got USR1; exit 0' USR1; echo ready; while :; do sleep 0.05; done");
  }
}
