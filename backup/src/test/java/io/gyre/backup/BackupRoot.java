package io.gyre.backup;

import io.gyre.component.Home;
import io.gyre.model.Component;
import io.gyre.store.Store;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A data root, and what is said when backups of it are made and brought back. */
final class BackupRoot {
  final Home home;
  private String said = "";

  BackupRoot(Path directory) {
    home = new Home(directory);
  }

  /** A state with one namespace, a configuration and a plugin. */
  static BackupRoot with(Path directory, String namespace) throws IOException {
    BackupRoot root = new BackupRoot(directory);
    root.home.create();
    String _ = root.home.hostId();
    root.put(namespace);
    Files.writeString(root.home.configFile(), "log_level: debug # " + namespace + "\n");
    Files.writeString(root.home.plugins().resolve("p.jar"), namespace);
    return root;
  }

  Store open() {
    return Store.open(home.database(), Component.API, Clock.systemUTC());
  }

  void put(String namespace) {
    try (Store store = open()) {
      store.desired().run(tx -> tx.putNamespace(namespace));
    }
  }

  List<String> namespaces() {
    try (Store store = open()) {
      return store.read().namespaces().stream().map(found -> found.name()).toList();
    }
  }

  int run(String verb, Path file, String... options) {
    List<String> arguments = new ArrayList<>(List.of(verb, file.toString()));
    arguments.addAll(List.of(options));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    int exit =
        BackupMain.run(arguments, Map.of("GYRE_HOME", home.root().toString()), stream, stream);
    said = bytes.toString(StandardCharsets.UTF_8);
    return exit;
  }

  /** By the last run. */
  String said() {
    return said;
  }

  String plugin() throws IOException {
    return Files.readString(home.plugins().resolve("p.jar"));
  }

  String config() throws IOException {
    return Files.readString(home.configFile());
  }
}
