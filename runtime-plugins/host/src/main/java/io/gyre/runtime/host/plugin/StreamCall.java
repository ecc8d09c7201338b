package io.gyre.runtime.host.plugin;

import io.gyre.runtime.spi.WorkloadRuntime;
import java.util.function.BooleanSupplier;

/** Something with a runtime that may last. */
@FunctionalInterface
public interface StreamCall {
  /**
   * @param replaced whether another version of the plugin serves by now, so that this should end
   *     soon
   */
  void run(WorkloadRuntime runtime, BooleanSupplier replaced) throws Exception;
}
