package io.gyre.system;

import io.gyre.system.simulated.SimulatedPlugin;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;

/** The plugin jar of the runtime {@code simulated}. */
final class SimulatedJar {
  private SimulatedJar() {}

  static void writeTo(Path jar) throws IOException, URISyntaxException {
    Files.createDirectories(jar.getParent());
    Manifest head = new Manifest();
    head.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    head.getMainAttributes().putValue("Plugin-Id", "simulated");
    head.getMainAttributes().putValue("Plugin-Version", "1.0.0");
    head.getMainAttributes().putValue("Plugin-Requires", ">=1.0.0 & <2.0.0");
    Path root =
        Path.of(SimulatedPlugin.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<Path> classes;
    try (Stream<Path> files =
        Files.list(root.resolve(SimulatedPlugin.class.getPackageName().replace('.', '/')))) {
      classes = files.sorted().toList();
    }
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file, head)) {
      for (Path each : classes) {
        put(out, root.relativize(each).toString(), Files.readAllBytes(each));
      }
      put(
          out,
          "META-INF/extensions.idx",
          (SimulatedPlugin.class.getName() + "\n").getBytes(StandardCharsets.UTF_8));
    }
  }

  private static void put(JarOutputStream out, String name, byte[] bytes) throws IOException {
    out.putNextEntry(new JarEntry(name));
    out.write(bytes);
    out.closeEntry();
  }
}
