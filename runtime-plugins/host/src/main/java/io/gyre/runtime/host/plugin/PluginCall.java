package io.gyre.runtime.host.plugin;

import io.gyre.runtime.spi.WorkloadRuntime;

/** Something to do with a runtime; what it returns must be no object of the plugin. */
@FunctionalInterface
public interface PluginCall<T> {
  T run(WorkloadRuntime runtime) throws Exception;
}
