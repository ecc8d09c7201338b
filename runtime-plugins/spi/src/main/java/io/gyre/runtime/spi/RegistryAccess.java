package io.gyre.runtime.spi;

/**
 * Who pulls an image, for the registry to know. It lives as long as the pull: a plugin writes it
 * nowhere, and shows nothing of it but names of servers and users, neither in labels nor in logs or
 * failures, also where the engine's own words have it.
 */
public sealed interface RegistryAccess {
  /**
   * A user of the image's registry.
   *
   * @param server as in {@code registry.example.com:5000}; {@code docker.io} for the Docker Hub
   */
  record Login(String server, String username, String password) implements RegistryAccess {
    @Override
    public String toString() {
      return "Login[server=" + server + ", username=" + username + "]";
    }
  }

  /**
   * Logins of several registries, of which the plugin takes the one that fits the image.
   *
   * @param source what it is, for messages
   * @param json as in {@code ~/.docker/config.json}; its credential helpers are not run
   */
  record DockerConfig(String source, String json) implements RegistryAccess {
    @Override
    public String toString() {
      return "DockerConfig[source=" + source + "]";
    }
  }

  /**
   * The logins that the user of the host process has on this machine, where the settings of the
   * runtime let that namespace use them; elsewhere the plugin refuses.
   */
  record HostLogins(String namespace) implements RegistryAccess {}
}
