package io.gyre.runtime.docker;

import io.gyre.runtime.spi.RegistryAccess;
import io.gyre.runtime.spi.RuntimeContext;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimeFailure.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Finds what a registry is shown when an image is pulled. Nothing of it is kept. */
final class RegistryLogins {
  private final RuntimeContext context;
  private final HostAuth hostAuth;
  private final CredentialHelper helpers;

  RegistryLogins(RuntimeContext context, HostAuth hostAuth, CredentialHelper helpers) {
    this.context = context;
    this.hostAuth = hostAuth;
    this.helpers = helpers;
  }

  /**
   * @param credentials {@link Credentials#NONE}: the pull is anonymous
   * @param who in words, for messages
   */
  record Login(Credentials credentials, String server, String who) {}

  /**
   * Which namespaces may use the logins of the host.
   *
   * @param all whether all may
   * @param file where the logins are
   */
  record HostAuth(boolean all, Set<String> namespaces, Path file) {
    /**
     * @param setting {@code true}, {@code false}, or names with commas or spaces between them
     * @param file empty: where the docker command has it
     */
    static HostAuth parse(String setting, String file) {
      String text = setting.strip();
      boolean all = text.equals("true");
      Set<String> names = new TreeSet<>();
      if (!all && !text.equals("false")) {
        names.addAll(List.of(text.split("[,\\s]+")));
        names.remove("");
      }
      return new HostAuth(all, names, file.isBlank() ? usual() : Path.of(file));
    }

    private static Path usual() {
      String directory = System.getenv("DOCKER_CONFIG");
      return directory == null || directory.isBlank()
          ? Path.of(System.getProperty("user.home"), ".docker", "config.json")
          : Path.of(directory, "config.json");
    }

    boolean allows(String namespace) {
      return all || namespaces.contains(namespace);
    }
  }

  Login of(String instance, ImageName image) throws RuntimeFailure {
    Optional<RegistryAccess> access = context.registryAccess(instance);
    if (access.isEmpty()) {
      return new Login(Credentials.NONE, image.registryKey(), "without credentials");
    }
    return switch (access.get()) {
      case RegistryAccess.Login login ->
          new Login(
              Credentials.login(login.username(), login.password()),
              image.registryKey(),
              "as user " + login.username());
      case RegistryAccess.DockerConfig config -> {
        Credentials found = LoginFile.read(config.source(), config.json()).find(image);
        yield found.isNone()
            ? none(image, config.source() + " has none of " + image.registry())
            : login(found, image, config.source());
      }
      case RegistryAccess.HostLogins host -> ofHost(host.namespace(), image);
    };
  }

  private static Login none(ImageName image, String why) {
    return new Login(Credentials.NONE, image.registryKey(), "without a login, as " + why);
  }

  private static Login login(Credentials found, ImageName image, String source) {
    String user = found.username().isEmpty() ? "" : ", user " + found.username();
    return new Login(found, image.registryKey(), "with the login of " + source + user);
  }

  private Login ofHost(String namespace, ImageName image) throws RuntimeFailure {
    if (!hostAuth.allows(namespace)) {
      throw new RuntimeFailure(
          Kind.INVALID,
          "host_auth_not_allowed",
          "use_host_auth is not allowed for the namespace " + namespace + " on this host",
          "allow it in gyre.yaml: runtime.settings.docker.use_host_auth: true, or a list of"
              + " namespaces; then gyre component restart runtime");
    }
    Path file = hostAuth.file();
    LoginFile logins;
    try {
      logins = LoginFile.read(file.toString(), Files.readString(file));
    } catch (NoSuchFileException e) {
      return none(image, "there is no " + file);
    } catch (IOException e) {
      throw new RuntimeFailure(
          Kind.INVALID,
          "registry_login_invalid",
          file + " can't be read: " + e,
          "it must be a file that the user of Gyre's runtime may read");
    }
    String helper = logins.helper(image);
    Credentials found =
        helper.isEmpty() ? Credentials.NONE : helpers.ask(helper, image.registryKey());
    if (!found.isNone()) {
      return login(found, image, "docker-credential-" + helper);
    }
    found = logins.find(image);
    return found.isNone()
        ? none(image, file + " has none of " + image.registry())
        : login(found, image, file.toString());
  }
}
