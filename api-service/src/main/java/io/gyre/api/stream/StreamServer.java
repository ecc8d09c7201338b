package io.gyre.api.stream;

import io.gyre.api.deployment.Announcer;
import io.gyre.messages.Message;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.Ids;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Streams between the runtime host and this process: a Unix-domain socket for each, which the host
 * is asked over the bus to connect to. Its file is gone as soon as the host has connected.
 */
public final class StreamServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StreamServer.class);
  private static final String PREFIX = "s-";
  private static final String SUFFIX = ".sock";

  private final Path directory;
  private final Announcer announcer;
  private final Duration patience;
  private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
  private final Set<SocketChannel> sessions = ConcurrentHashMap.newKeySet();
  private volatile boolean ending;
  private volatile boolean closed;

  /**
   * Removes what an earlier process left.
   *
   * @param patience how long the host may take to connect
   */
  public StreamServer(Path directory, Announcer announcer, Duration patience) {
    this.directory = directory;
    this.announcer = announcer;
    this.patience = patience;
    removeStale();
  }

  private void removeStale() {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, PREFIX + "*" + SUFFIX)) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      log.warn("could not remove old sockets in {}: {}", directory, e.toString());
    }
  }

  /**
   * Asks the host to connect and waits until it has. The caller closes the channel by {@link
   * #close(SocketChannel)}.
   *
   * @param request the message for a socket's path
   * @throws GyreException {@code runtime.away} where it doesn't connect
   */
  SocketChannel connect(Function<String, Message> request, String correlation) {
    SocketChannel channel = open(request, correlation);
    open.add(channel);
    if (closed) {
      close(channel);
      throw stopping();
    }
    return channel;
  }

  /** As {@link #connect}, for what may go on without end: it ends before all else does. */
  SocketChannel connectSession(Function<String, Message> request, String correlation) {
    if (ending) {
      throw stopping();
    }
    SocketChannel channel = connect(request, correlation);
    sessions.add(channel);
    if (ending) {
      close(channel);
      throw stopping();
    }
    return channel;
  }

  private SocketChannel open(Function<String, Message> request, String correlation) {
    Path file = directory.resolve(PREFIX + Ids.random(10) + SUFFIX);
    AtomicReference<@Nullable Throwable> refused = new AtomicReference<>();
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(file), 1);
      var _ =
          announcer
              .publish(request.apply(file.toString()), correlation)
              .exceptionally(
                  e -> {
                    refused.set(e);
                    end(server);
                    return false;
                  });
      CompletableFuture.delayedExecutor(patience.toMillis(), TimeUnit.MILLISECONDS)
          .execute(() -> end(server));
      return server.accept();
    } catch (ClosedChannelException e) {
      throw away(refused.get());
    } catch (IOException e) {
      throw new GyreException(
          ErrorKind.UNAVAILABLE,
          "stream.socket_failed",
          "cannot make a socket in " + directory + ": " + e,
          "check its owner and the free space",
          List.of(),
          e);
    } finally {
      delete(file);
    }
  }

  private static GyreException away(@Nullable Throwable refused) {
    if (refused != null) {
      return new GyreException(
          ErrorKind.UNAVAILABLE,
          "bus.unavailable",
          "the runtime process could not be asked: " + refused,
          "look at gyre status and the free disk space",
          List.of(),
          refused);
    }
    return new GyreException(
        ErrorKind.UNAVAILABLE,
        "runtime.away",
        "the runtime process does not answer",
        "look at gyre status; workloads go on meanwhile");
  }

  static GyreException stopping() {
    return new GyreException(
        ErrorKind.UNAVAILABLE, "http.unavailable", "the API is stopping", "try again");
  }

  private static void end(ServerSocketChannel server) {
    try {
      server.close();
    } catch (IOException e) {
      log.debug("closing a socket: {}", e.toString());
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      log.warn("could not remove {}: {}", file, e.toString());
    }
  }

  void close(SocketChannel channel) {
    open.remove(channel);
    sessions.remove(channel);
    try {
      channel.close();
    } catch (IOException e) {
      log.debug("closing a stream: {}", e.toString());
    }
  }

  boolean ending() {
    return ending;
  }

  /** Ends commands in instances, and starts no other. */
  public void endSessions() {
    ending = true;
    sessions.forEach(this::close);
  }

  /** Ends every stream. */
  @Override
  public void close() {
    endSessions();
    closed = true;
    open.forEach(this::close);
  }
}
