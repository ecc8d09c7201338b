package io.gyre.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/** Reads a {@code text/event-stream}. */
final class ServerSentEvents {
  /** Told of every event on the reading thread. */
  interface Handler {
    /**
     * @param id of this event or the last one before it that had one; may be empty
     * @param name empty for plain messages
     * @return whether to go on
     */
    boolean event(String id, String name, String data);

    /** Nothing new, but the server is there. */
    default boolean heartbeat() {
      return true;
    }
  }

  private ServerSentEvents() {}

  /**
   * Returns when the handler wants no more or the server ended the stream in order.
   *
   * @return whether the handler wanted no more
   * @throws IOException where the connection broke
   */
  static boolean read(InputStream stream, Handler handler) throws IOException {
    BufferedReader reader =
        new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
    StringBuilder data = new StringBuilder();
    boolean any = false;
    String id = "";
    String name = "";
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      if (line.isEmpty()) {
        if (any && !handler.event(id, name, data.toString())) {
          return true;
        }
        any = false;
        name = "";
        data.setLength(0);
      } else if (line.startsWith(":")) {
        if (!handler.heartbeat()) {
          return true;
        }
      } else if (line.startsWith("data:")) {
        if (any) {
          data.append('\n');
        }
        any = true;
        data.append(value(line, 5));
      } else if (line.startsWith("event:")) {
        name = value(line, 6);
      } else if (line.startsWith("id:")) {
        id = value(line, 3);
      }
    }
    return false;
  }

  private static String value(String line, int from) {
    int start = from < line.length() && line.charAt(from) == ' ' ? from + 1 : from;
    return line.substring(start);
  }
}
