package io.gyre.systemd;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Follows the stream of events as a browser does: after a break it resumes by Last-Event-ID. */
final class EventWatcher implements AutoCloseable {
  private final String token;
  private final List<Long> seen = new ArrayList<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  final AtomicInteger connections = new AtomicInteger();
  private volatile boolean over;
  private String last = "0";

  private EventWatcher(String token) {
    this.token = token;
  }

  static EventWatcher start(Machine machine, String token) {
    EventWatcher watcher = new EventWatcher(token);
    Thread _ =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  try {
                    machine.inNetwork(
                        () -> {
                          watcher.follow();
                          return "";
                        });
                  } catch (Exception e) {
                    throw new IllegalStateException(e);
                  } finally {
                    watcher.ended.countDown();
                  }
                });
    return watcher;
  }

  private void follow() {
    while (!over) {
      try {
        HttpURLConnection connection =
            (HttpURLConnection)
                URI.create("http://127.0.0.1:7070/v1/events").toURL().openConnection();
        connection.setRequestProperty("Authorization", "Bearer " + token);
        connection.setRequestProperty("Accept", "text/event-stream");
        connection.setRequestProperty("Last-Event-ID", last);
        connection.setReadTimeout(1000);
        connections.incrementAndGet();
        try (BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8))) {
          for (String line = lines.readLine(); line != null && !over; line = lines.readLine()) {
            if (line.startsWith("id: ")) {
              last = line.substring(4);
              add(Long.parseLong(last));
            }
          }
        }
      } catch (IOException e) {
        LockSupport.parkNanos(50_000_000);
      }
    }
  }

  private synchronized void add(long number) {
    seen.add(number);
  }

  synchronized List<Long> seen() {
    return List.copyOf(seen);
  }

  @Override
  public void close() {
    over = true;
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
