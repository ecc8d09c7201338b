package io.gyre.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A container.
 *
 * @param image reference, tag {@code latest} when it names none
 * @param command replaces the image's command (not its entry point); empty: the image's own
 * @param user {@code uid[:gid]}; null: the image's own
 */
public record ContainerSpec(
    String image,
    List<String> command,
    PullPolicy pullPolicy,
    @Nullable String user,
    boolean privileged) {
  public ContainerSpec {
    command = List.copyOf(command);
  }
}
