package io.gyre.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Watches the event log as a client does, and goes on after the last event that it saw whenever the
 * stream ends. A thread of its own.
 */
final class Watcher {
  private static final int SILENCE_LIMIT_MS = 40_000;

  private final Gyre gyre;
  private final Ledger ledger;
  private final Thread thread = Thread.ofPlatform().daemon().name("watcher").unstarted(this::run);
  private final List<Event> seen = new ArrayList<>();
  private long resumptions;
  private volatile boolean stopping;

  /** An event as far as it is compared. */
  record Event(long seq, String reason, String message) {}

  Watcher(Gyre gyre, Ledger ledger) {
    this.gyre = gyre;
    this.ledger = ledger;
  }

  void start() {
    thread.start();
  }

  List<Event> seen() {
    synchronized (seen) {
      return List.copyOf(seen);
    }
  }

  long resumptions() {
    return resumptions;
  }

  private long last() {
    synchronized (seen) {
      return seen.isEmpty() ? 0 : seen.getLast().seq();
    }
  }

  private void run() {
    while (!stopping) {
      try {
        HttpURLConnection connection = gyre.open("GET", "/v1/events", SILENCE_LIMIT_MS);
        connection.setRequestProperty("Accept", "text/event-stream");
        connection.setRequestProperty("Last-Event-ID", Long.toString(last()));
        try (BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8))) {
          follow(lines);
        } finally {
          connection.disconnect();
        }
      } catch (IOException e) {
        resumptions++;
      }
      Shell.pause(50);
    }
  }

  private void follow(BufferedReader lines) throws IOException {
    long id = 0;
    String data = "";
    for (String line = lines.readLine(); line != null && !stopping; line = lines.readLine()) {
      if (line.startsWith("id: ")) {
        id = Long.parseLong(line.substring(4));
      } else if (line.startsWith("data: ")) {
        data = line.substring(6);
      } else if (line.isEmpty() && !data.isEmpty()) {
        take(id, data);
        data = "";
      }
    }
  }

  private void take(long id, String data) throws IOException {
    JsonNode event = Gyre.parse(data);
    long last = last();
    if (id <= last || event.path("seq").asLong() != id) {
      ledger.violation("event " + id, "event " + id + " came after " + last + ": " + data);
      return;
    }
    synchronized (seen) {
      seen.add(new Event(id, event.path("reason").asText(), event.path("message").asText()));
    }
  }

  void stop() {
    stopping = true;
  }
}
