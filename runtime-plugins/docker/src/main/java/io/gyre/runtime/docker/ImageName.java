package io.gyre.runtime.docker;

import java.util.Locale;
import java.util.Set;

/**
 * Where an image comes from.
 *
 * @param registry {@code host[:port]}; {@code docker.io} where the reference names none
 * @param path in the registry, without tag and digest
 */
record ImageName(String registry, String path) {
  static final String HUB = "docker.io";

  /** The key under which {@code docker login} and credential helpers keep the Docker Hub. */
  static final String HUB_KEY = "https://index.docker.io/v1/";

  private static final Set<String> HUB_NAMES =
      Set.of("docker.io", "index.docker.io", "registry-1.docker.io");

  static ImageName of(String reference) {
    String name = reference;
    int digest = name.indexOf('@');
    if (digest >= 0) {
      name = name.substring(0, digest);
    }
    int tag = name.lastIndexOf(':');
    if (tag > name.lastIndexOf('/')) {
      name = name.substring(0, tag);
    }
    int slash = name.indexOf('/');
    String first = slash < 0 ? "" : name.substring(0, slash);
    if (first.indexOf('.') >= 0 || first.indexOf(':') >= 0 || first.equals("localhost")) {
      String registry = canonical(first);
      String path = name.substring(slash + 1);
      return new ImageName(registry, registry.equals(HUB) ? inLibrary(path) : path);
    }
    return new ImageName(HUB, inLibrary(name));
  }

  private static String inLibrary(String path) {
    return path.indexOf('/') < 0 ? "library/" + path : path;
  }

  /** One name for each registry, however it is written. */
  static String canonical(String host) {
    String lower = host.toLowerCase(Locale.ROOT);
    return HUB_NAMES.contains(lower) ? HUB : lower;
  }

  /** As {@code docker login} and credential helpers call its registry. */
  String registryKey() {
    return registry.equals(HUB) ? HUB_KEY : registry;
  }
}
