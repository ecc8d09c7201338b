package io.gyre.runtime.host.plugin;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * A plugin's jar, copied to a private path that is named by its content, so that whatever happens
 * to the original doesn't reach the classes that are loaded from it.
 *
 * @param source as the user knows it
 * @param copy what is loaded
 * @param id {@code Plugin-Id} of the manifest
 * @param version {@code Plugin-Version} of the manifest
 */
record PluginJar(Path source, Path copy, String sha256, String id, String version) {

  static PluginJar copy(Path source, Path privateDirectory) throws PluginRejected {
    Path temporary = null;
    try {
      temporary = Files.createTempFile(privateDirectory, ".copy", ".jar");
      String digest = copyTo(source, temporary);
      Attributes manifest = inspect(temporary);
      String id = manifest.getValue("Plugin-Id");
      String version = manifest.getValue("Plugin-Version");
      if (id == null || id.isBlank() || version == null || version.isBlank()) {
        throw new PluginRejected(
            "its manifest names no Plugin-Id and Plugin-Version, so it is not a plugin");
      }
      Path copy = privateDirectory.resolve(digest + ".jar");
      Files.move(temporary, copy, StandardCopyOption.ATOMIC_MOVE);
      return new PluginJar(source, copy, digest, id, version);
    } catch (NoSuchFileException e) {
      throw new PluginRejected("it is gone", true);
    } catch (IOException e) {
      throw new PluginRejected("it cannot be read: " + e.getMessage());
    } finally {
      delete(temporary);
    }
  }

  private static void delete(@Nullable Path file) {
    try {
      if (file != null) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      // Swept at the next start.
    }
  }

  private static String copyTo(Path source, Path target) throws IOException {
    MessageDigest digest = newDigest();
    try (InputStream in = new DigestInputStream(Files.newInputStream(source), digest);
        OutputStream out = Files.newOutputStream(target)) {
      in.transferTo(out);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static Attributes inspect(Path file) throws IOException, PluginRejected {
    try (JarFile jar = new JarFile(file.toFile())) {
      for (String shared : AllowListClassLoader.SHARED) {
        String prefix = shared.replace('.', '/') + "/";
        if (jar.stream()
            .anyMatch(
                entry ->
                    entry.getName().startsWith(prefix) && entry.getName().endsWith(".class"))) {
          throw new PluginRejected(
              "it contains the package "
                  + shared
                  + ", which comes from the host; leave it out of the jar (scope provided)");
        }
      }
      Manifest manifest = jar.getManifest();
      return manifest == null ? new Attributes() : manifest.getMainAttributes();
    } catch (ZipException e) {
      throw new PluginRejected("it is not a complete jar: " + e.getMessage(), true);
    }
  }

  private static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
