package io.gyre.reconciler.health;

import io.gyre.model.BoundPort;
import io.gyre.model.InstanceRecord;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/** Where instances are reached. */
final class Addresses {
  private static final Pattern LITERAL = Pattern.compile("[0-9.]+|\\[?[0-9a-fA-F:.%]*:.*");

  /** Looking up a name holds a thread of the system; there are none of these while nobody does. */
  private static final ExecutorService LOOKUPS =
      Executors.newCachedThreadPool(Thread.ofPlatform().name("lookup").daemon().factory());

  private Addresses() {}

  static String of(InstanceRecord instance) {
    return instance.address() == null || instance.address().isEmpty()
        ? "127.0.0.1"
        : instance.address();
  }

  /** 0: none. */
  static int ownPort(InstanceRecord instance) {
    for (BoundPort port : instance.ports()) {
      if (port.name().equals("PORT")) {
        return port.port();
      }
    }
    return 0;
  }

  /**
   * @throws SocketTimeoutException where the name could not be looked up in time
   */
  static InetSocketAddress resolve(String host, int port, HttpProbe.Deadline deadline)
      throws IOException {
    if (LITERAL.matcher(host).matches()) {
      return new InetSocketAddress(InetAddress.getByName(host), port);
    }
    Future<InetAddress> found = LOOKUPS.submit(() -> InetAddress.getByName(host));
    try {
      return new InetSocketAddress(found.get(deadline.leftMs(), TimeUnit.MILLISECONDS), port);
    } catch (TimeoutException e) {
      throw new SocketTimeoutException("the name " + host + " could not be looked up in time");
    } catch (ExecutionException e) {
      throw new UnknownHostException("no such host: " + host);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SocketTimeoutException("interrupted");
    }
  }
}
