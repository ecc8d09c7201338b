package io.gyre.api.http;

import io.gyre.api.tls.TlsDoor;
import io.gyre.component.ApiDoor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.IdleTimeout;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts connections and brings them to an end without a request failing.
 *
 * <pre>
 * accept ─▶ stopAccepting ─▶ drain: who has asked is answered, with "Connection: close"
 *                                  who has just connected may still ask
 *                                  who has been quiet for a moment is hung up on
 *                                  streams are cut, for their clients resume them
 * </pre>
 *
 * The one selector thread accepts, so that no connection is lost in an acceptor that is interrupted
 * while it has one in its hands. What isn't accepted stays in the kernel's queue.
 */
final class Connections extends ServerConnector {
  private static final Logger log = LoggerFactory.getLogger(Connections.class);

  /** How long a connection that had an answer may take for its next request. */
  private static final long QUIET_MS = 250;

  /** How long a new connection may take for its first request. */
  private static final long FIRST_REQUEST_MS = 1000;

  /** How long streams, which know that all ends, may take to end. */
  private static final long STREAM_MS = 300;

  private static final long LOOK_NANOS = 5_000_000;

  private final Requests requests;

  /** Accepted, but not yet among the endpoints. */
  private final Set<SelectableChannel> opening = ConcurrentHashMap.newKeySet();

  private final Supplier<ApiDoor.Limits> limits;
  private final @Nullable TlsDoor tls;
  private final OwnEnds own;
  private final Room room;
  private volatile boolean stopping;
  private final Map<String, Integer> ofNetwork = new ConcurrentHashMap<>();

  /** Of other machines. One that is closed doesn't know any more whose it was. */
  private final Map<EndPoint, String> counted = new ConcurrentHashMap<>();

  Connections(
      Server server,
      HttpConfiguration http,
      Duration head,
      Requests requests,
      Supplier<ApiDoor.Limits> limits,
      OwnEnds own,
      @Nullable TlsDoor tls) {
    super(server, 0, 1, factories(http, head, tls));
    this.own = own;
    this.tls = tls;
    this.requests = requests;
    this.limits = limits;
    addBean(new Opening(opening));
    this.room = new Room(limits.get().connections());
    addBean(room);
  }

  /** Whoever comes when there is no place waits; the usual one cuts those off that come at once. */
  @Override
  protected SelectorManager newSelectorManager(
      Executor executor, Scheduler scheduler, int selectors) {
    return new ServerConnectorManager(executor, scheduler, selectors) {
      @Override
      protected @Nullable SelectableChannel doAccept(SelectableChannel server) throws IOException {
        return room.full ? null : super.doAccept(server);
      }
    };
  }

  private static ConnectionFactory[] factories(
      HttpConfiguration http, Duration head, @Nullable TlsDoor tls) {
    HeadLimit.Factory plain = new HeadLimit.Factory(http, head);
    return tls == null ? new ConnectionFactory[] {plain} : tls.around(plain, http, head);
  }

  private record Opening(Set<SelectableChannel> channels)
      implements SelectorManager.AcceptListener {
    @Override
    public void onAccepting(SelectableChannel channel) {
      channels.add(channel);
    }

    @Override
    public void onAcceptFailed(SelectableChannel channel, Throwable cause) {
      channels.remove(channel);
    }
  }

  /** Of those that came by the socket; nobody is accepted while there are so many. */
  private final class Room extends NetworkConnectionLimit {
    private final Set<SelectableChannel> admitted = ConcurrentHashMap.newKeySet();
    private volatile boolean full;
    private volatile long fullUntil = System.nanoTime();

    Room(int most) {
      super(most, Connections.this);
    }

    @Override
    protected void limit() {
      full = true;
      super.limit();
    }

    @Override
    protected void unlimit() {
      fullUntil = System.nanoTime();
      full = false;
      if (!stopping) {
        super.unlimit();
      }
    }

    @Override
    public void onAccepting(SelectableChannel channel) {
      if (!admitted.contains(channel)) {
        super.onAccepting(channel);
      }
    }

    @Override
    public void onAcceptFailed(SelectableChannel channel, Throwable cause) {
      if (!admitted.remove(channel)) {
        super.onAcceptFailed(channel, cause);
      }
    }

    @Override
    public void onAccepted(SelectableChannel channel) {
      if (!admitted.contains(channel)) {
        super.onAccepted(channel);
      }
    }

    @Override
    public void onClosed(SelectableChannel channel) {
      if (!admitted.remove(channel)) {
        super.onClosed(channel);
      }
    }
  }

  /** Whether there was no place at some time since then, in nanoseconds of the system's timer. */
  boolean fullSince(long nanos) {
    return room.full || room.fullUntil - nanos >= 0;
  }

  /** Lets a connection in that this process has made to itself, whether there is a place or not. */
  void admit(SocketChannel channel) throws IOException {
    channel.configureBlocking(false);
    room.admitted.add(channel);
    getSelectorManager().accept(channel);
  }

  @Override
  protected void onEndPointOpened(EndPoint endPoint) {
    super.onEndPointOpened(endPoint);
    if (endPoint.getTransport() instanceof SelectableChannel channel) {
      opening.remove(channel);
    }
    if (tls != null) {
      tls.connecting();
    }
    String other = otherMachine(endPoint);
    if (other == null) {
      return;
    }
    counted.put(endPoint, other);
    if (ofNetwork.merge(other, 1, Integer::sum) > limits.get().connectionsPerAddress()) {
      log.debug("{} has too many connections", other);
      endPoint.close();
    }
  }

  @Override
  protected void onEndPointClosed(EndPoint endPoint) {
    super.onEndPointClosed(endPoint);
    String other = counted.remove(endPoint);
    if (other != null) {
      ofNetwork.computeIfPresent(other, (_, count) -> count > 1 ? count - 1 : null);
    }
  }

  private @Nullable String otherMachine(EndPoint endPoint) {
    return endPoint.getRemoteSocketAddress() instanceof InetSocketAddress socket
            && socket.getAddress() != null
            && !socket.getAddress().isLoopbackAddress()
            && !own.has(socket)
        ? Peer.network(socket.getAddress())
        : null;
  }

  /** Accepts from now on. The server must have started. */
  void accept(ServerSocketChannel channel) throws Exception {
    open(channel);
    start();
  }

  /** Returns once no connection is accepted any more. */
  void stopAccepting() {
    stopping = true;
    requests.closeAfterAnswer();
    setAccepting(false);
    CountDownLatch stopped = new CountDownLatch(1);
    for (ManagedSelector selector : getSelectorManager().getBeans(ManagedSelector.class)) {
      selector.submit(_ -> stopped.countDown());
    }
    try {
      if (!stopped.await(1, TimeUnit.SECONDS)) {
        log.warn("connections are still accepted");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Waits until every connection has come to its end; says whether all have.
   *
   * @param more connections of others, as they are from time to time
   */
  boolean drain(Duration limit, Collection<EndPoint> more) {
    long began = System.nanoTime();
    while (true) {
      List<EndPoint> open = new ArrayList<>(getConnectedEndPoints());
      open.addAll(more);
      if (open.isEmpty() && opening.isEmpty()) {
        return true;
      }
      long elapsed = System.nanoTime() - began;
      if (elapsed > limit.toNanos()) {
        log.info("{} requests are cut off", requests.answering());
        return false;
      }
      for (EndPoint connection : open) {
        if (requests.streams(connection)
            ? elapsed > TimeUnit.MILLISECONDS.toNanos(STREAM_MS)
            : !requests.answers(connection) && quiet(connection)) {
          connection.close();
        }
      }
      LockSupport.parkNanos(LOOK_NANOS);
      if (Thread.interrupted()) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
  }

  private static boolean quiet(EndPoint connection) {
    boolean fresh =
        connection.getConnection() == null || connection.getConnection().getMessagesOut() == 0;
    return connection instanceof IdleTimeout idle
        && idle.getIdleFor() >= (fresh ? FIRST_REQUEST_MS : QUIET_MS)
        && !hasRequest(connection);
  }

  /** Whether the client has sent something that nobody has had the time to read yet. */
  private static boolean hasRequest(EndPoint connection) {
    try {
      return connection.getTransport() instanceof SocketChannel channel
          && channel.isOpen()
          && channel.getLocalAddress() instanceof InetSocketAddress
          && channel.socket().getInputStream().available() > 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** The socket belongs to who opened it. */
  @Override
  public void close() {
    if (isRunning()) {
      setAccepting(false);
    }
  }

  @Override
  public void open() throws IOException {
    // By accept.
  }
}
