package io.gyre.runtime.docker;

import com.github.dockerjava.api.command.InspectVolumeResponse;
import io.gyre.runtime.spi.NamedVolumes;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimeFailure.Kind;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Named volumes in the engine, known by their labels. */
final class EngineVolumes implements NamedVolumes {
  private final Engine engine;
  private final String hostId;

  EngineVolumes(Engine engine, String hostId) {
    this.engine = engine;
    this.hostId = hostId;
  }

  /** Their sizes are left out: the engine would walk all that it has for them. */
  @Override
  public List<Volume> volumes() throws RuntimeFailure {
    List<InspectVolumeResponse> found =
        engine.ask(
            docker ->
                docker
                    .listVolumesCmd()
                    .withFilter("label", Labels.filter(hostId))
                    .exec()
                    .getVolumes());
    List<Volume> volumes = new ArrayList<>();
    for (InspectVolumeResponse volume : found == null ? List.<InspectVolumeResponse>of() : found) {
      Map<String, String> labels = volume.getLabels();
      String namespace = labels == null ? null : labels.get(Labels.NAMESPACE);
      if (namespace != null) {
        volumes.add(new Volume(namespace, name(volume, namespace), createdAt(volume), null));
      }
    }
    return volumes;
  }

  /** Volumes of versions before this one have no label with their name. */
  private static String name(InspectVolumeResponse volume, String namespace) {
    String label = volume.getLabels() == null ? null : volume.getLabels().get(Labels.VOLUME);
    String prefix = ContainerRecipe.volumeName(namespace, "");
    return label != null
        ? label
        : volume.getName().startsWith(prefix)
            ? volume.getName().substring(prefix.length())
            : volume.getName();
  }

  private static @Nullable Instant createdAt(InspectVolumeResponse volume) {
    Object at = volume.getRawValues().get("CreatedAt");
    try {
      return at instanceof String text ? OffsetDateTime.parse(text).toInstant() : null;
    } catch (DateTimeParseException e) {
      return null;
    }
  }

  @Override
  public void removeVolume(String namespace, String name) throws RuntimeFailure {
    boolean ours =
        volumes().stream()
            .anyMatch(each -> each.namespace().equals(namespace) && each.name().equals(name));
    if (!ours) {
      return;
    }
    try {
      engine.tell(
          docker -> docker.removeVolumeCmd(ContainerRecipe.volumeName(namespace, name)).exec());
    } catch (RuntimeFailure e) {
      if (e.kind() != Kind.NOT_FOUND) {
        throw e;
      }
    }
  }
}
