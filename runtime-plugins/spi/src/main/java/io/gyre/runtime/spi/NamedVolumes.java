package io.gyre.runtime.spi;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The volumes that instances have mounted ({@link Mount.Type#VOLUME}). They outlive their
 * instances. A runtime with {@link Capability#VOLUMES} may have it.
 */
public interface NamedVolumes {
  /**
   * All volumes of this host. May block.
   *
   * @throws RuntimeFailure where not all can be told
   */
  List<Volume> volumes() throws RuntimeFailure;

  /**
   * Removes a volume with all that is in it. One that isn't there is fine. May block; where it
   * fails or dies half way, {@link #volumes} still shows it.
   *
   * @throws RuntimeFailure CONFLICT while an instance has it mounted
   */
  void removeVolume(String namespace, String name) throws RuntimeFailure;

  /**
   * One volume.
   *
   * @param sizeBytes null where it can't be told cheaply
   */
  record Volume(
      String namespace, String name, @Nullable Instant createdAt, @Nullable Long sizeBytes) {}
}
