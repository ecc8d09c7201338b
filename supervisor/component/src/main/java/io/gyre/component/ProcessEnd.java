package io.gyre.component;

import static io.gyre.component.CLibrary.INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;

/** The end of this process, once all that mattered is closed. */
final class ProcessEnd {
  private ProcessEnd() {}

  /**
   * Ends it at once. The JVM itself would first wait 300 ms for threads that are in a system call,
   * as a thread that waits for a socket always is. With JVM options of the user's it gets that
   * time, for what they make it write at its end.
   */
  @SuppressWarnings("restricted")
  static void now(int status) {
    String options = System.getenv("GYRE_JVM_OPTS");
    if (options == null || options.isBlank()) {
      try {
        Linker linker = Linker.nativeLinker();
        linker
            .downcallHandle(
                linker.defaultLookup().find("_exit").orElseThrow(), FunctionDescriptor.ofVoid(INT))
            .invokeExact(status);
      } catch (Throwable e) {
        // Then the slow way.
      }
    }
    Runtime.getRuntime().halt(status);
  }
}
