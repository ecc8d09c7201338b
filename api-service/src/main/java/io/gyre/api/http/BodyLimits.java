package io.gyre.api.http;

import io.gyre.api.problem.StatusException;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Bounds the memory that bodies take: each one, and the large ones together. As a servlet filter it
 * also takes what a refused request still sends, so that its sender reads the answer and not a
 * reset.
 */
final class BodyLimits implements Filter {
  private static final int SMALL_BYTES = 64 << 10;
  private static final int LARGE_AT_ONCE = 1;
  private static final long DISCARDED_BYTES = 32L << 20;
  private static final long DISCARD_MS = 2000;
  private static final long WAIT_S = 20;

  /** A body may take a second more for each so many bytes that have come. */
  private static final long BYTES_PER_SECOND = 16 << 10;

  private final LongSupplier maxBytes;
  private final long graceNanos;
  private final Semaphore large = new Semaphore(LARGE_AT_ONCE, true);

  /** The large body that the request on this thread holds, if any. */
  private final ThreadLocal<Boolean> holds = new ThreadLocal<>();

  /**
   * @param maxBytes asked anew for each body
   * @param grace how long a body may take however short it is
   */
  BodyLimits(LongSupplier maxBytes, Duration grace) {
    this.graceNanos = grace.toNanos();
    this.maxBytes = maxBytes;
  }

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    try {
      chain.doFilter(request, response);
    } finally {
      if (holds.get() != null) {
        holds.remove();
        large.release();
      }
    }
    if (request instanceof HttpServletRequest http && !http.isAsyncStarted()) {
      discardRest(http);
    }
  }

  private static void discardRest(HttpServletRequest request) {
    if (request.getContentLengthLong() == 0 || request.getHeader("Expect") != null) {
      return;
    }
    try {
      ServletInputStream in = request.getInputStream();
      byte[] buffer = new byte[16 << 10];
      long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(DISCARD_MS);
      long left = DISCARDED_BYTES;
      while (!in.isFinished() && left > 0 && System.nanoTime() < end) {
        int read = in.read(buffer);
        if (read < 0) {
          return;
        }
        left -= read;
      }
    } catch (IOException | IllegalStateException e) {
      // The sender is gone, or there is no body: the answer is written anyway.
    }
  }

  /**
   * Reads all of it; on the thread that the request came on.
   *
   * @param declared how long it is, -1: unknown
   */
  byte[] read(InputStream in, long declared) throws IOException {
    long most = maxBytes.getAsLong();
    if (declared > most) {
      throw tooLarge(most);
    }
    Pace pace = new Pace(in, graceNanos);
    byte[] first = new byte[declared < 0 ? SMALL_BYTES : (int) Math.min(declared, SMALL_BYTES)];
    int length = pace.fill(first, 0, first.length);
    if (length < SMALL_BYTES) {
      return length == first.length ? first : Arrays.copyOf(first, length);
    }
    hold();
    byte[] all = Arrays.copyOf(first, capacity(4 * SMALL_BYTES, declared, most));
    while (true) {
      if (length == all.length) {
        int next = in.read();
        if (next < 0) {
          return all;
        }
        if (length == most) {
          throw tooLarge(most);
        }
        all = Arrays.copyOf(all, capacity(2L * length, -1, most));
        all[length++] = (byte) next;
      }
      int filled = pace.fill(all, length, all.length - length);
      if (filled == 0) {
        return Arrays.copyOf(all, length);
      }
      length += filled;
    }
  }

  /** Reads from a sender that must keep some pace, however it cuts what it sends. */
  private static final class Pace {
    private final InputStream in;
    private final long graceNanos;
    private final long start = System.nanoTime();
    private long bytes;

    Pace(InputStream in, long graceNanos) {
      this.graceNanos = graceNanos;
      this.in = in;
    }

    /** Until it is full or the body ends; how much there was. */
    int fill(byte[] into, int from, int most) throws IOException {
      int length = 0;
      while (length < most) {
        int read = in.read(into, from + length, most - length);
        if (read < 0) {
          break;
        }
        length += read;
        bytes += read;
        long allowed = graceNanos + TimeUnit.SECONDS.toNanos(bytes) / BYTES_PER_SECOND;
        if (System.nanoTime() - start > allowed) {
          throw new StatusException(
              408, "http.body_too_slow", "the body comes too slowly", "send it at once");
        }
      }
      return length;
    }
  }

  private static int capacity(long wanted, long declared, long most) {
    return (int) Math.min(most, Math.max(wanted, declared));
  }

  private void hold() {
    try {
      if (holds.get() == null) {
        if (!large.tryAcquire(WAIT_S, TimeUnit.SECONDS)) {
          throw new GyreException(
              ErrorKind.EXHAUSTED,
              "http.too_many_large_bodies",
              "other large requests are still being worked on",
              "try again");
        }
        holds.set(true);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GyreException(
          ErrorKind.UNAVAILABLE, "http.unavailable", "the API is stopping", "try again");
    }
  }

  private static GyreException tooLarge(long most) {
    return new GyreException(
        ErrorKind.TOO_LARGE,
        "http.body_too_large",
        "the body has more than " + most + " bytes",
        "send less at once, or raise api.max_body in gyre.yaml");
  }
}
