package io.gyre.runtime.host.plugin;

import io.gyre.runtime.spi.SpiVersion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;
import org.pf4j.DefaultVersionManager;

/**
 * A plugin's jar, copied to a private path that is named by its content, so that whatever happens
 * to the original doesn't reach the classes that are loaded from it.
 *
 * @param source as the user knows it
 * @param copy what is loaded
 * @param id {@code Plugin-Id} of the manifest
 * @param version {@code Plugin-Version} of the manifest
 * @param shipped whether it came with the distribution
 * @param signedBy id of the trusted key; null: none, and none was needed
 */
record PluginJar(
    Path source,
    Path copy,
    String sha256,
    String id,
    String version,
    boolean shipped,
    @Nullable String signedBy) {
  private static final Pattern WORD = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._+-]{0,99}");
  private static final int SHORT = 12;

  /** What the manifest says. */
  record Head(String id, String version) {}

  /** As in {@code process 1.2.0 (0123456789ab)}. */
  String text() {
    return id + " " + version + " (" + sha256.substring(0, SHORT) + ")";
  }

  /** Opens the jar, whose signature was looked at before. */
  static Head inspect(Path file) throws IOException, PluginRejected {
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
      return head(manifest == null ? new Attributes() : manifest.getMainAttributes());
    } catch (ZipException e) {
      throw new PluginRejected(
          "it is not a complete jar: " + e.getMessage(), PluginRejected.Again.SOON);
    } catch (SecurityException e) {
      throw new PluginRejected("it is not a sound jar: " + e.getMessage());
    }
  }

  private static Head head(Attributes manifest) throws PluginRejected {
    String id = manifest.getValue("Plugin-Id");
    String version = manifest.getValue("Plugin-Version");
    if (id == null || id.isBlank() || version == null || version.isBlank()) {
      throw new PluginRejected(
          "its manifest names no Plugin-Id and Plugin-Version, so it is not a plugin");
    }
    if (!WORD.matcher(id).matches() || !WORD.matcher(version).matches()) {
      throw new PluginRejected(
          "its Plugin-Id or Plugin-Version has other characters than letters, digits, . _ + and -");
    }
    requireFit(manifest.getValue("Plugin-Requires"));
    return new Head(id, version);
  }

  private static void requireFit(@Nullable String range) throws PluginRejected {
    if (range == null || range.isBlank()) {
      throw new PluginRejected(
          "its manifest does not say which versions of the plugin contract it works with; add"
              + " the line \"Plugin-Requires: >=1.0.0 & <2.0.0\" (this Gyre has "
              + SpiVersion.CURRENT
              + ")");
    }
    boolean fits;
    try {
      fits = new DefaultVersionManager().checkVersionConstraint(SpiVersion.CURRENT, range.strip());
    } catch (RuntimeException e) {
      throw new PluginRejected(
          "its Plugin-Requires \"" + range + "\" is no range of versions: " + e.getMessage());
    }
    if (!fits) {
      throw new PluginRejected(
          "it works with versions "
              + range
              + " of the plugin contract, this Gyre has "
              + SpiVersion.CURRENT
              + ": use a version of the plugin that was made for it");
    }
  }
}
