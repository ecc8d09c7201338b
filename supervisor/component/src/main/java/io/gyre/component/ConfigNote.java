package io.gyre.component;

import io.gyre.model.Component;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a component made of the configuration, in {@code run/NAME.config.json}: a flat JSON object
 * of strings like its mark. It counts only as long as the mark has the same pid.
 *
 * @param reads how often this process has read the file
 * @param problems what is wrong with the file, a line each; empty where nothing is. As long as it
 *     isn't empty the last good configuration is in use
 * @param changed what the last change was, a line each
 * @param restart what has changed since the start and takes effect with the next, a line each
 */
public record ConfigNote(
    Component component,
    long pid,
    long reads,
    String file,
    String problems,
    String changed,
    long changedEpochMs,
    String restart) {

  /** The note, whether its process lives or not; empty where there is none. */
  public static Optional<ConfigNote> read(Home home, Component component) {
    try {
      Map<String, String> fields = FlatJson.parse(Files.readString(home.configNoteFile(component)));
      return Optional.of(
          new ConfigNote(
              component,
              Long.parseLong(fields.getOrDefault("pid", "0")),
              Long.parseLong(fields.getOrDefault("reads", "0")),
              fields.getOrDefault("file", ""),
              fields.getOrDefault("problems", ""),
              fields.getOrDefault("changed", ""),
              Long.parseLong(fields.getOrDefault("changed_at", "0")),
              fields.getOrDefault("restart", "")));
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** What a reader of the component's mark should know, or empty. */
  String message() {
    if (!problems.isEmpty()) {
      return "the last good configuration is in use; " + oneLine(problems);
    }
    return restart.isEmpty() ? "" : "needs a restart for " + oneLine(restart);
  }

  private static String oneLine(String lines) {
    return String.join("; ", lines.lines().toList());
  }

  void write(Home home) {
    Map<String, String> fields = new TreeMap<>();
    fields.put("component", component.id());
    fields.put("pid", Long.toString(pid));
    fields.put("reads", Long.toString(reads));
    fields.put("file", file);
    fields.put("problems", problems);
    fields.put("changed", changed);
    fields.put("changed_at", Long.toString(changedEpochMs));
    fields.put("restart", restart);
    FileText.write(home.configNoteFile(component), FlatJson.text(fields), false);
  }
}
