package io.gyre.model;

import org.jspecify.annotations.Nullable;

/** Who pulls a container's image. A password is never part of it. */
public sealed interface RegistryAuth {
  /**
   * A user of the image's registry.
   *
   * @param server {@code host[:port]}, {@code docker.io} for the Docker Hub
   * @param passwordSecret the secret that has the password; null: it is stored sealed, by
   *     deployment, server and user
   * @param passwordKey its entry; null: its only one
   */
  record Login(
      String server, String username, @Nullable String passwordSecret, @Nullable String passwordKey)
      implements RegistryAuth {}

  /** Whoever the user of the runtime host is logged in as, where the host allows that. */
  record HostLogin() implements RegistryAuth {}

  /** A secret of the namespace that holds logins as {@code ~/.docker/config.json} does. */
  record PullSecret(String secret) implements RegistryAuth {
    /** The entry that has the logins, where there are several. */
    public static final String KEY = ".dockerconfigjson";
  }
}
