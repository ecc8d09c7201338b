package io.gyre.runtime.host.instance;

import io.gyre.model.Contents;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.GyreException;
import io.gyre.model.InstanceId;
import io.gyre.runtime.host.content.ContentFiles;
import io.gyre.runtime.host.plugin.RuntimeSlot;
import io.gyre.runtime.host.report.Cause;
import io.gyre.runtime.spi.Capability;
import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.WorkloadRuntime;

/** What an instance is started with: its spec, with all files in place that that needs. */
final class StartFiles {
  private final Instances instances;
  private final ContentFiles contents;

  StartFiles(Instances instances, ContentFiles contents) {
    this.instances = instances;
    this.contents = contents;
  }

  InstanceSpec resolve(
      RuntimeSlot slot, InstanceId id, DeploymentKey key, long revision, DeploymentSpec spec) {
    ContentReader reader = new ContentReader(instances.store(), key.namespace(), spec);
    boolean own = slot.has(Capability.HOST_FILES);
    InstanceSpec resolved = Specs.resolve(reader, id, key, revision, spec, own ? contents : null);
    boolean follows =
        spec.onContentChange() == Contents.OnChange.SIGNAL
            && (own || slot.has(Capability.SECRET_REFRESH));
    if (follows && isLeftAlone(slot, id) && contents.applied(id.value()).isPresent()) {
      // Changed by a start, its files would get no signal.
      instances.refresh(id, Cause.own());
      return resolved;
    }
    // Read before what they are versions of: what is newer by then comes once more.
    String versions = reader.signalled();
    if (own) {
      contents.write(id.value(), Specs.items(reader, spec), spec.process() != null);
    }
    if (follows && !versions.isEmpty()) {
      if (comes(id, spec)) {
        contents.applied(id.value(), versions);
      } else {
        instances.refresh(id, Cause.own());
      }
    }
    return resolved;
  }

  /** A runtime may start it with the secrets that it had; then the new ones are still to come. */
  private boolean comes(InstanceId id, DeploymentSpec spec) {
    try {
      if (SecretReader.mounted(spec)) {
        instances.requireSecrets(id);
      }
      return true;
    } catch (GyreException e) {
      return false;
    }
  }

  /** Whether a start changes nothing of it; see {@link WorkloadRuntime#start}. */
  private static boolean isLeftAlone(RuntimeSlot slot, InstanceId id) {
    return slot.inventory()
        .find(id.value())
        .filter(
            status ->
                status.state() == InstanceStatus.State.RUNNING
                    || status.state() == InstanceStatus.State.BACKING_OFF)
        .isPresent();
  }
}
