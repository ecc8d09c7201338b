package io.gyre.chaos;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** Swaps runtime plugins for other builds of themselves, and drops jars that are none. */
final class PluginFaults {
  private static final Duration BOUND = Duration.ofSeconds(60);

  private final Scene scene;
  private final Map<String, Integer> builds = new HashMap<>();

  PluginFaults(Scene scene) {
    this.scene = scene;
  }

  List<Fault> all() {
    List<Fault> faults = new ArrayList<>();
    faults.add(swap("process"));
    if (scene.engine() != null) {
      faults.add(swap("docker"));
    }
    faults.add(
        new Fault(
            "rollback-plugin",
            "ask for the plugin that served before, where there was one",
            Set.of("disk", "plugin", "engine", "runtime", "api", "reconciler", "failpoint"),
            BOUND,
            random -> {
              String runtime =
                  scene.engine() != null && random.nextBoolean() ? "docker" : "process";
              Gyre.Answer answer =
                  scene
                      .gyre()
                      .call(
                          "POST", "/v1/plugins/" + runtime + "/rollback", "application/json", "{}");
              if (answer.ok()) {
                scene
                    .expectations()
                    .version(runtime, answer.body().path("to").asText().split(" ")[0]);
              }
              return Fault.Made.done(runtime + ": " + answer.status() + " " + answer.body());
            }));
    faults.add(
        new Fault(
            "bad-plugin",
            "drop a jar that is torn, empty or no plugin, and take it away",
            Set.of("disk", "plugin"),
            BOUND,
            this::bad));
    return faults;
  }

  private Fault swap(String runtime) {
    return new Fault(
        "swap-" + runtime,
        "replace the " + runtime + " plugin by another build of it",
        // The new one is tried before it serves, which fails where its engine is away.
        Set.of("disk", "plugin", "engine"),
        BOUND,
        random -> {
          String version = dropNext(runtime);
          scene.expectations().version(runtime, version);
          return Fault.Made.done("version " + version);
        });
  }

  /** As a swap that may be refused. */
  String trySwap(Random random) throws IOException {
    String runtime = scene.engine() != null && random.nextBoolean() ? "docker" : "process";
    String before = version(shipped(runtime));
    String version = dropNext(runtime);
    scene.expectations().maybeVersion(runtime, before, version);
    return runtime + " " + version;
  }

  private String dropNext(String runtime) throws IOException {
    Path shipped = shipped(runtime);
    String version = nextVersion(runtime, shipped);
    Path jar = scene.lab().plugins.resolve(runtime + ".jar");
    rebuild(shipped, jar, version);
    drop(jar, "chaos-" + runtime + ".jar");
    return version;
  }

  private Path shipped(String runtime) throws IOException {
    for (Path candidate :
        List.of(
            scene.gyre().root.resolve("dist/target/gyre/plugins"),
            scene.gyre().root.resolve("plugins"))) {
      Path jar = candidate.resolve(runtime + ".jar");
      if (Files.exists(jar)) {
        return jar;
      }
    }
    throw new IOException("there is no " + runtime + ".jar in " + scene.gyre().root);
  }

  private String nextVersion(String runtime, Path shipped) throws IOException {
    String[] numbers = version(shipped).split("[.+-]");
    int major = Integer.parseInt(numbers[0]);
    return major + "." + (100 + builds.merge(runtime, 1, Integer::sum)) + ".0";
  }

  private static String version(Path plugin) throws IOException {
    try (JarFile jar = new JarFile(plugin.toFile())) {
      return jar.getManifest().getMainAttributes().getValue("Plugin-Version");
    }
  }

  /** The same classes under another version, so that the bytes differ. */
  private static void rebuild(Path from, Path to, String version) throws IOException {
    try (JarFile jar = new JarFile(from.toFile());
        OutputStream file = Files.newOutputStream(to)) {
      Manifest manifest = new Manifest(jar.getManifest());
      manifest.getMainAttributes().put(new Attributes.Name("Plugin-Version"), version);
      try (JarOutputStream out = new JarOutputStream(file, manifest)) {
        out.setLevel(1);
        for (Enumeration<JarEntry> all = jar.entries(); all.hasMoreElements(); ) {
          JarEntry entry = all.nextElement();
          if (entry.getName().equals(JarFile.MANIFEST_NAME)) {
            continue;
          }
          out.putNextEntry(new JarEntry(entry.getName()));
          try (InputStream in = jar.getInputStream(entry)) {
            in.transferTo(out);
          }
          out.closeEntry();
        }
      }
    }
  }

  private void drop(Path jar, String name) throws IOException {
    Path directory = scene.gyre().home.resolve("plugins");
    Path arriving = directory.resolve("." + name + ".arriving");
    Files.copy(jar, arriving, StandardCopyOption.REPLACE_EXISTING);
    Files.move(arriving, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  private Fault.Made bad(Random random) throws IOException {
    Path target = scene.gyre().home.resolve("plugins/chaos-bad.jar");
    int kind = random.nextInt(3);
    switch (kind) {
      case 0 -> Files.write(target, new byte[0]);
      case 1 -> Files.writeString(target, "this is no jar", StandardCharsets.US_ASCII);
      default -> {
        byte[] whole = Files.readAllBytes(shipped("process"));
        byte[] torn = new byte[1 + random.nextInt(whole.length - 1)];
        System.arraycopy(whole, 0, torn, 0, torn.length);
        Files.write(target, torn);
      }
    }
    return new Fault.Made(
        kind == 0 ? "empty" : kind == 1 ? "text" : "torn",
        random.nextInt(3000),
        () -> Files.deleteIfExists(target));
  }
}
