package io.gyre.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What is checked when the faults are over: the database is read directly, without Gyre. */
final class Epilogue {
  private static final String QUERY =
      """
      import json, sqlite3, sys
      connection = sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True, timeout=30)
      print(json.dumps(connection.execute(sys.argv[2]).fetchall()))
      """;

  private final Scene scene;
  private final Writer writer;
  private final Watcher watcher;

  Epilogue(Scene scene, Writer writer, Watcher watcher) {
    this.scene = scene;
    this.writer = writer;
    this.watcher = watcher;
  }

  void check() throws Exception {
    writes();
    events();
    damage();
    scene.starts().refresh();
  }

  private JsonNode query(String sql) throws Exception {
    Path database = scene.gyre().home.resolve("data/gyre.db");
    Shell.Result result = Shell.run(Shell.python(), "-c", QUERY, database.toString(), sql);
    if (!result.ok()) {
      throw new IllegalStateException("the database can't be read: " + result.out());
    }
    return Gyre.parse(result.out());
  }

  private void writes() throws Exception {
    Set<String> present = new HashSet<>();
    query("SELECT correlation FROM change").forEach(row -> present.add(row.path(0).asText()));
    List<String> lost =
        writer.acknowledged().stream().filter(each -> !present.contains(each)).toList();
    if (!lost.isEmpty()) {
      scene
          .ledger()
          .violation("lost writes", lost.size() + " acknowledged writes are lost: " + lost);
    }
    String note =
        query("SELECT entries_json FROM config WHERE name = 'note'").path(0).path(0).asText();
    long number = note.isEmpty() ? 0 : Gyre.parse(note).path("number").asLong();
    if (number < writer.noteAcknowledged() || number > writer.noteTried()) {
      scene
          .ledger()
          .violation(
              "note",
              "the config's number is "
                  + number
                  + ", acknowledged was "
                  + writer.noteAcknowledged()
                  + ", tried "
                  + writer.noteTried());
    }
    String integrity = query("PRAGMA integrity_check").path(0).path(0).asText();
    if (!integrity.equals("ok")) {
      scene.ledger().violation("integrity", "the database is damaged: " + integrity);
    }
  }

  private void events() throws Exception {
    List<Watcher.Event> seen = List.of();
    Map<Long, Watcher.Event> stored = new TreeMap<>();
    // Watching is a moment behind.
    for (int i = 0; i < 100; i++) {
      stored.clear();
      for (JsonNode row : query("SELECT seq, reason, message FROM event ORDER BY seq")) {
        long seq = row.path(0).asLong();
        stored.put(seq, new Watcher.Event(seq, row.path(1).asText(), row.path(2).asText()));
      }
      seen = watcher.seen();
      if (seen.equals(List.copyOf(stored.values()))) {
        return;
      }
      Shell.pause(200);
    }
    Set<Watcher.Event> missing = new HashSet<>(stored.values());
    missing.removeAll(new HashSet<>(seen));
    Set<Watcher.Event> invented = new HashSet<>(seen);
    invented.removeAll(new HashSet<>(stored.values()));
    scene
        .ledger()
        .violation(
            "events",
            "watched "
                + seen.size()
                + " of "
                + stored.size()
                + " events; missing "
                + few(missing)
                + "; not in the database "
                + few(invented));
  }

  private static List<Watcher.Event> few(Set<Watcher.Event> events) {
    return events.stream().limit(5).toList();
  }

  /** A JVM that crashed leaves a file. */
  private void damage() throws Exception {
    List<Path> crashes = new ArrayList<>();
    for (Path directory : List.of(scene.gyre().home, scene.gyre().root, Path.of("/tmp"))) {
      try (Stream<Path> files = Files.list(directory)) {
        crashes.addAll(
            files
                .filter(file -> file.getFileName().toString().startsWith("hs_err_pid"))
                .filter(this::ofThisRun)
                .toList());
      }
    }
    if (!crashes.isEmpty()) {
      scene.ledger().violation("crash", "a JVM crashed: " + crashes);
    }
  }

  private boolean ofThisRun(Path file) {
    try {
      return Files.readString(file).contains(scene.gyre().home.toString());
    } catch (java.io.IOException e) {
      return false;
    }
  }

  /** Deletes all deployments; nothing may be left of them. */
  void removeAll() throws Exception {
    ComponentFaults.expectEndOfAll(scene);
    for (Reality.Main main : scene.reality().look()) {
      scene.ledger().kills(main);
    }
    Shell.Result down = scene.gyre().run("down", "--workloads", "--timeout", "60s");
    if (!down.ok()) {
      scene.ledger().violation("down", "gyre down --workloads: " + down.exit() + " " + down.out());
    }
    List<Reality.Main> orphans = scene.reality().look();
    if (!orphans.isEmpty()) {
      scene.ledger().violation("orphans", "left at the end: " + orphans);
    }
    Engine engine = scene.engine();
    if (engine != null && !engine.containers().isEmpty()) {
      scene.ledger().violation("containers", "left at the end: " + engine.containers());
    }
    List<Long> keepers = new ArrayList<>();
    try (var all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : all) {
        try {
          if (Files.readString(
                  process.resolve("cmdline"), java.nio.charset.StandardCharsets.ISO_8859_1)
              .contains(scene.gyre().home + "/")) {
            keepers.add(Long.parseLong(process.getFileName().toString()));
          }
        } catch (java.io.IOException e) {
          // It has ended.
        }
      }
    }
    if (!keepers.isEmpty()) {
      scene.ledger().violation("keepers", "processes left at the end: " + keepers);
    }
  }
}
