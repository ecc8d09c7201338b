package io.gyre.runtime.host.plugin;

import io.gyre.runtime.spi.InstanceSecrets;
import io.gyre.runtime.spi.RuntimeFailure;
import java.nio.file.Path;

/** What plugins ask of the host beyond what they are opened with; on threads of theirs. */
public interface PluginSupport {
  /** For plugins that are looked at by themselves. */
  PluginSupport NONE =
      new PluginSupport() {
        @Override
        public InstanceSecrets secrets(String instance) {
          return InstanceSecrets.NONE;
        }

        @Override
        public Path volatileDirectory(String runtime) throws RuntimeFailure {
          throw new RuntimeFailure(
              RuntimeFailure.Kind.UNSUPPORTED, "no_volatile_directory", "there is none", null);
        }
      };

  /** As {@link io.gyre.runtime.spi.RuntimeContext#secrets}. */
  InstanceSecrets secrets(String instance) throws RuntimeFailure;

  /** As {@link io.gyre.runtime.spi.RuntimeContext#volatileDirectory}. */
  Path volatileDirectory(String runtime) throws RuntimeFailure;
}
