package io.gyre.runtime.host;

import io.gyre.runtime.process.ProcessRuntimePlugin;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;

/** Jars of the real process plugin, with any version. */
public final class ProcessJar {
  private ProcessJar() {}

  public static byte[] bytes(String version) throws IOException {
    Manifest head = new Manifest();
    head.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    head.getMainAttributes().putValue("Plugin-Id", "process");
    head.getMainAttributes().putValue("Plugin-Version", version);
    head.getMainAttributes().putValue("Implementation-Version", version);
    head.getMainAttributes().putValue("Plugin-Requires", ">=1.0.0 & <2.0.0");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JarOutputStream out = new JarOutputStream(bytes, head)) {
      for (Map.Entry<String, byte[]> entry : entries().entrySet()) {
        out.putNextEntry(new JarEntry(entry.getKey()));
        out.write(entry.getValue());
        out.closeEntry();
      }
    }
    return bytes.toByteArray();
  }

  /** Renames it into place. */
  public static Path write(String version, Path jar) throws IOException {
    return place(bytes(version), jar);
  }

  public static Path place(byte[] bytes, Path jar) throws IOException {
    Path temporary = jar.resolveSibling("." + jar.getFileName());
    Files.write(temporary, bytes);
    return Files.move(temporary, jar, StandardCopyOption.ATOMIC_MOVE);
  }

  private static Map<String, byte[]> entries() throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    Path source;
    try {
      source =
          Path.of(
              ProcessRuntimePlugin.class
                  .getProtectionDomain()
                  .getCodeSource()
                  .getLocation()
                  .toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
    if (Files.isDirectory(source)) {
      try (Stream<Path> files = Files.walk(source)) {
        for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
          entries.put(source.relativize(file).toString(), Files.readAllBytes(file));
        }
      }
      return entries;
    }
    try (JarFile jar = new JarFile(source.toFile())) {
      for (JarEntry entry : jar.stream().filter(each -> !each.isDirectory()).toList()) {
        try (InputStream in = jar.getInputStream(entry)) {
          if (!entry.getName().equals(JarFile.MANIFEST_NAME)) {
            entries.put(entry.getName(), in.readAllBytes());
          }
        }
      }
    }
    return entries;
  }
}
