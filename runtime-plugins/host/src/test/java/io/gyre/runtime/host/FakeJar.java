package io.gyre.runtime.host;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;

/** Builds jars of the fake plugin. */
public final class FakeJar {
  private final Map<String, String> properties = new LinkedHashMap<>();
  private final Map<String, byte[]> extra = new LinkedHashMap<>();
  private String id;
  private String requires = ">=1.0.0 & <2.0.0";
  private boolean manifest = true;

  public FakeJar(String name, String version) {
    this.id = name;
    properties.put("name", name);
    properties.put("version", version);
  }

  public FakeJar with(String key, String value) {
    properties.put(key, value);
    return this;
  }

  public FakeJar id(String pluginId) {
    this.id = pluginId;
    return this;
  }

  /** Empty: the line is missing. */
  public FakeJar requires(String range) {
    this.requires = range;
    return this;
  }

  public FakeJar withoutManifest() {
    this.manifest = false;
    return this;
  }

  public FakeJar entry(String path) {
    extra.put(path, new byte[] {1});
    return this;
  }

  /** Renames it into place. */
  public Path writeTo(Path jar) throws IOException {
    Path temporary = jar.resolveSibling("." + jar.getFileName());
    Manifest head = new Manifest();
    head.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    if (manifest) {
      head.getMainAttributes().putValue("Plugin-Id", id);
      head.getMainAttributes().putValue("Plugin-Version", properties.get("version"));
      if (!requires.isEmpty()) {
        head.getMainAttributes().putValue("Plugin-Requires", requires);
      }
    }
    try (OutputStream file = Files.newOutputStream(temporary);
        JarOutputStream out = new JarOutputStream(file, head)) {
      Path classes = classes();
      Path fake = classes.resolve("io/gyre/runtime/host/fake");
      try (Stream<Path> files = Files.walk(fake)) {
        for (Path each : files.filter(Files::isRegularFile).sorted().toList()) {
          put(out, classes.relativize(each).toString(), Files.readAllBytes(each));
        }
      }
      put(
          out,
          "META-INF/extensions.idx",
          "io.gyre.runtime.host.fake.FakePlugin\n".getBytes(StandardCharsets.UTF_8));
      StringBuilder text = new StringBuilder();
      properties.forEach((key, value) -> text.append(key).append('=').append(value).append('\n'));
      put(out, "fake.properties", text.toString().getBytes(StandardCharsets.UTF_8));
      for (Map.Entry<String, byte[]> each : extra.entrySet()) {
        put(out, each.getKey(), each.getValue());
      }
    }
    return Files.move(temporary, jar, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void put(JarOutputStream out, String name, byte[] bytes) throws IOException {
    out.putNextEntry(new JarEntry(name));
    out.write(bytes);
    out.closeEntry();
  }

  private static Path classes() {
    try {
      return Path.of(FakeJar.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }
}
