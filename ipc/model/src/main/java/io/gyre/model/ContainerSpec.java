package io.gyre.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A container.
 *
 * @param image reference, tag {@code latest} when it names none
 * @param command replaces the image's command (not its entry point); empty: the image's own
 * @param user {@code uid[:gid]}; null: the image's own
 * @param registryAuth who pulls the image; null: nobody in particular
 */
public record ContainerSpec(
    String image,
    List<String> command,
    PullPolicy pullPolicy,
    @Nullable String user,
    boolean privileged,
    @Nullable RegistryAuth registryAuth) {
  /** Of an image that anybody may pull. */
  public ContainerSpec(
      String image,
      List<String> command,
      PullPolicy pullPolicy,
      @Nullable String user,
      boolean privileged) {
    this(image, command, pullPolicy, user, privileged, null);
  }

  public ContainerSpec {
    command = List.copyOf(command);
  }
}
