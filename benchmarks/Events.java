import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The event stream of a Gyre, as a client sees it. */
final class Events implements AutoCloseable {
  private static final Pattern FIELD = Pattern.compile("\"(at|deployment|reason)\":\"([^\"]*)\"");

  /**
   * @param nanos when it came, on the clock of {@link System#nanoTime}
   * @param delay since the time that it carries, which is cut to a millisecond
   */
  record Event(long nanos, Duration delay, String deployment, String reason) {}

  private final InputStream stream;
  private final List<Event> seen = new ArrayList<>();

  Events(InputStream stream) {
    this.stream = stream;
    Thread.ofPlatform().daemon().name("events").start(this::read);
  }

  private void read() {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("data:")) {
          add(line, System.nanoTime(), Instant.now());
        }
      }
    } catch (IOException e) {
      // It was closed.
    }
  }

  private void add(String line, long nanos, Instant now) {
    String at = "";
    String deployment = "";
    String reason = "";
    Matcher fields = FIELD.matcher(line);
    while (fields.find()) {
      switch (fields.group(1)) {
        case "at" -> at = fields.group(2);
        case "deployment" -> deployment = fields.group(2);
        default -> reason = fields.group(2);
      }
    }
    Duration delay = at.isEmpty() ? Duration.ZERO : Duration.between(Instant.parse(at), now);
    synchronized (seen) {
      seen.add(new Event(nanos, delay, deployment, reason));
      seen.notifyAll();
    }
  }

  /** The first one of a deployment after a time, of this kind. */
  Event await(String deployment, String reason, long after, long seconds) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    synchronized (seen) {
      while (true) {
        for (Event each : seen) {
          if (each.nanos() > after
              && each.deployment().equals(deployment)
              && each.reason().matches(reason)) {
            return each;
          }
        }
        long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        if (left <= 0) {
          throw new Unmeasured("no event " + reason + " of " + deployment + " came");
        }
        seen.wait(left);
      }
    }
  }

  int count() {
    synchronized (seen) {
      return seen.size();
    }
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}
