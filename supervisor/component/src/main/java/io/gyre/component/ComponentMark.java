package io.gyre.component;

import io.gyre.model.Component;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a component says of itself in {@code run/NAME.json}: a flat JSON object of strings, replaced
 * at once on every change. It stays behind when the process is killed; the lock says whether it
 * lives.
 *
 * @param state {@code starting}, {@code waiting}, {@code ready} or {@code stopping}
 * @param message what it waits for; of one that waits for nothing, what is amiss with its
 *     configuration; or empty
 * @param address where it can be reached, or empty
 */
public record ComponentMark(
    Component component,
    long pid,
    long epoch,
    String state,
    String message,
    String address,
    long sinceEpochMs) {

  /** When this process started, in ticks since the boot; empty where that can't be told. */
  private static final String START = start();

  private static String start() {
    try {
      String stat = Files.readString(Path.of("/proc/self/stat"));
      return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[19];
    } catch (IOException | IndexOutOfBoundsException e) {
      return "";
    }
  }

  /** The mark, whether its process lives or not; empty where there is none or it can't be read. */
  public static Optional<ComponentMark> read(Home home, Component component) {
    try {
      Map<String, String> fields = FlatJson.parse(Files.readString(home.markFile(component)));
      long pid = Long.parseLong(fields.getOrDefault("pid", "0"));
      String message = fields.getOrDefault("message", "");
      if (message.isEmpty()) {
        message =
            ConfigNote.read(home, component)
                .filter(note -> note.pid() == pid)
                .map(ConfigNote::message)
                .orElse("");
      }
      return Optional.of(
          new ComponentMark(
              component,
              pid,
              Long.parseLong(fields.getOrDefault("epoch", "0")),
              fields.getOrDefault("state", ""),
              message,
              fields.getOrDefault("address", ""),
              Long.parseLong(fields.getOrDefault("since", "0"))));
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  void write(Home home) {
    Map<String, String> fields = new TreeMap<>();
    fields.put("component", component.id());
    fields.put("pid", Long.toString(pid));
    fields.put("epoch", Long.toString(epoch));
    fields.put("state", state);
    fields.put("message", message);
    fields.put("address", address);
    fields.put("since", Long.toString(sinceEpochMs));
    // Tells this process from a later one with its pid, whatever the clock is set to.
    fields.put("start", START);
    FileText.write(home.markFile(component), FlatJson.text(fields), false);
  }
}
