package io.gyre.api.http;

import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers that take as long as the client wants. Each has a virtual thread with little below it, so
 * that a quiet one costs a few kilobytes. They write as fast as the client reads; one that reads
 * nothing for half a minute loses its connection.
 */
public final class Streams implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Streams.class);

  /** Each takes some 20 KiB of heap; all together at most about half of it. */
  private static final int AT_ONCE =
      (int) Math.min(2000, Runtime.getRuntime().maxMemory() / (48 << 10));

  /** So many that have ended leave some megabytes. */
  private static final int MANY = 100;

  private final Duration heartbeat;
  private final IntSupplier perIdentity;
  private final Slack slack;
  private final AtomicInteger ended = new AtomicInteger();
  private final Semaphore places = new Semaphore(AT_ONCE);
  private final Map<String, Integer> ofIdentity = new ConcurrentHashMap<>();

  /**
   * @param perIdentity how many each may have; at most three quarters of all
   */
  public Streams(Duration heartbeat, IntSupplier perIdentity, Slack slack) {
    this.slack = slack;
    this.heartbeat = heartbeat;
    this.perIdentity = perIdentity;
  }

  /** Between signs of life on a quiet stream. */
  public Duration heartbeat() {
    return heartbeat;
  }

  /** Writes the body; ends where the stream does, or at once where all ends. */
  public interface Body<T> {
    void write(T out) throws IOException, InterruptedException;
  }

  /** Decides on an answer; may take its time, and throw what becomes the answer. */
  public interface Preparation {
    /**
     * @param atEnd takes what is to be closed when the answer is written, or can't be
     */
    Response prepare(Consumer<AutoCloseable> atEnd) throws Exception;
  }

  /** Answers with server-sent events. */
  public void events(
      ContainerRequestContext request, AsyncResponse response, Body<SseWriter> body) {
    run(request, response, _ -> sse(body));
  }

  public Response sse(Body<SseWriter> body) {
    return of(
        MediaType.SERVER_SENT_EVENTS,
        out -> {
          SseWriter sse = new SseWriter(out, heartbeat);
          sse.open();
          body.write(sse);
          sse.flush();
        });
  }

  public static Response of(String mediaType, Body<OutputStream> body) {
    StreamingOutput output =
        out -> {
          try {
            body.write(out);
          } catch (IOException | UncheckedIOException e) {
            log.debug("a stream ended: {}", e.toString());
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        };
    return Response.ok(output, mediaType).header("X-Accel-Buffering", "no").build();
  }

  /** Prepares and writes the answer on a thread of its own. */
  public void run(
      ContainerRequestContext request, AsyncResponse response, Preparation preparation) {
    if (request.getMethod().equals(HttpMethod.HEAD)) {
      response.resume(Response.ok().build());
      return;
    }
    String identity = Call.of(request).actor();
    take(identity);
    Object allowed = request.getProperty(Call.STILL_ALLOWED);
    var _ =
        Thread.ofVirtual()
            .name("stream")
            .start(
                () -> {
                  List<AutoCloseable> used = new ArrayList<>();
                  try {
                    response.resume(guarded(preparation.prepare(used::add), allowed));
                  } catch (Throwable e) {
                    response.resume(e);
                  } finally {
                    used.forEach(Streams::end);
                    give(identity);
                  }
                });
  }

  /** With a stream that breaks off before the first piece that may no longer be seen. */
  private static Response guarded(Response response, @Nullable Object still) {
    return response.getEntity() instanceof StreamingOutput output
            && still instanceof BooleanSupplier allowed
        ? Response.fromResponse(response)
            .entity((StreamingOutput) out -> output.write(new GuardedOutput(out, allowed)))
            .build()
        : response;
  }

  private static final class GuardedOutput extends FilterOutputStream {
    private final BooleanSupplier allowed;

    GuardedOutput(OutputStream out, BooleanSupplier allowed) {
      super(out);
      this.allowed = allowed;
    }

    @Override
    public void write(int b) throws IOException {
      check();
      out.write(b);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      check();
      out.write(bytes, from, length);
    }

    private void check() throws IOException {
      if (!allowed.getAsBoolean()) {
        throw new IOException("whoever reads it may not any more");
      }
    }
  }

  private void take(String identity) {
    int most = Math.min(perIdentity.getAsInt(), AT_ONCE / 4 * 3);
    if (ofIdentity.merge(identity, 1, Integer::sum) > most) {
      ofIdentity.computeIfPresent(identity, Streams::less);
      throw new GyreException(
          ErrorKind.EXHAUSTED,
          "stream.too_many_of_identity",
          identity + " has " + most + " streams open already",
          "close some, or raise api.limits.streams in gyre.yaml");
    }
    if (!places.tryAcquire()) {
      ofIdentity.computeIfPresent(identity, Streams::less);
      throw new GyreException(
          ErrorKind.EXHAUSTED,
          "stream.too_many",
          AT_ONCE + " streams are open already",
          "close some, or try later");
    }
  }

  private void give(String identity) {
    ofIdentity.computeIfPresent(identity, Streams::less);
    places.release();
    if (ended.incrementAndGet() % MANY == 0) {
      slack.left();
    }
  }

  private static @Nullable Integer less(String identity, Integer count) {
    return count > 1 ? (Integer) (count - 1) : null;
  }

  /** How many are open. */
  public int open() {
    return AT_ONCE - places.availablePermits();
  }

  private static void end(AutoCloseable part) {
    try {
      part.close();
    } catch (Exception e) {
      log.warn("a stream did not end cleanly: {}", e.toString());
    }
  }

  /** Waits for a moment until the streams, which must know that all ends, have ended. */
  @Override
  public void close() {
    try {
      if (!places.tryAcquire(AT_ONCE, 300, TimeUnit.MILLISECONDS)) {
        log.info("{} streams are cut off", open());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
