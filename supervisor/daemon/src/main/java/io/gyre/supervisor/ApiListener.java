package io.gyre.supervisor;

import io.gyre.component.Descriptors;
import io.gyre.component.GyreConfig;
import io.gyre.component.Home;
import io.gyre.component.ListenerOffer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The API's listening socket, which outlives every API process: it is the standard input of this
 * process, and every API inherits it. Who connects while no API accepts waits in the kernel's
 * queue. A supervisor that has replaced another gets the socket from the API that runs.
 *
 * <p>Any thread.
 */
final class ApiListener {
  private static final Logger log = LoggerFactory.getLogger(ApiListener.class);
  private static final int BACKLOG = 1024;

  private final Home home;
  private final ReentrantLock lock = new ReentrantLock();

  // Below: held by the lock.
  private @Nullable String boundAddress;
  private int boundPort;
  private @Nullable ServerSocketChannel own;
  private int fetched = -1;

  ApiListener(Home home) {
    this.home = home;
  }

  /** Takes over what a running API listens on. */
  void adopt() {
    lock.lock();
    try {
      if (boundAddress != null) {
        return;
      }
      ListenerOffer.Offered offered = ListenerOffer.fetch(home);
      Descriptors.makeStandardInput(offered.descriptor());
      replace(offered.address(), offered.port(), null, offered.descriptor());
      log.info(
          "took over the API's listening socket ({} port {})", offered.address(), offered.port());
    } catch (IOException e) {
      log.info("the running API hands no listening socket over: {}", e.getMessage());
    } finally {
      lock.unlock();
    }
  }

  /**
   * Sees to it that standard input is what an API with this configuration shall listen on.
   *
   * @return false where it can't be had; the API then listens by itself and says what is wrong
   */
  boolean prepare(GyreConfig.Api config) {
    lock.lock();
    try {
      if (!config.address().equals(boundAddress) || config.port() != boundPort) {
        bind(config);
      }
      return true;
    } catch (IOException | RuntimeException e) {
      log.warn(
          "the API shall listen on {} port {} by itself, and a restart of it may refuse"
              + " connections: {}",
          config.address(),
          config.port(),
          e.toString());
      return false;
    } finally {
      lock.unlock();
    }
  }

  private void bind(GyreConfig.Api config) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    try {
      channel.bind(new InetSocketAddress(config.address(), config.port()), BACKLOG);
      Descriptors.makeStandardInput(Descriptors.of(channel));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
    replace(config.address(), config.port(), channel, -1);
    log.info("listening for the API at {}", channel.getLocalAddress());
  }

  private void replace(
      String address, int port, @Nullable ServerSocketChannel channel, int descriptor)
      throws IOException {
    ServerSocketChannel before = own;
    if (before != null) {
      before.close();
    }
    if (fetched >= 0) {
      Descriptors.close(fetched);
    }
    own = channel;
    fetched = descriptor;
    boundAddress = address;
    boundPort = port;
  }
}
