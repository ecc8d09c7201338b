package io.gyre.runtime.host.plugin;

import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;

/**
 * Gives a plugin the JDK's platform classes, the shared packages from the host, and nothing else
 * but its own jar.
 */
final class AllowListClassLoader extends URLClassLoader {
  /** Packages that host and plugin share; a plugin must not bring its own. */
  static final List<String> SHARED = List.of("io.gyre.runtime.spi", "org.pf4j", "org.slf4j");

  static {
    registerAsParallelCapable();
  }

  private final ClassLoader host;

  AllowListClassLoader(String name, Path jar, ClassLoader host) {
    super("plugin-" + name, new URL[] {url(jar)}, ClassLoader.getPlatformClassLoader());
    this.host = host;
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    for (String shared : SHARED) {
      if (name.startsWith(shared) && name.startsWith(".", shared.length())) {
        return host.loadClass(name);
      }
    }
    return super.loadClass(name, resolve);
  }

  private static URL url(Path jar) {
    try {
      return jar.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new IllegalArgumentException(jar + " has no URL", e);
    }
  }
}
