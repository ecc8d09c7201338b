package io.gyre.api.http;

import jakarta.ws.rs.container.ContainerRequestContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.io.EndPoint;
import org.jspecify.annotations.Nullable;

/**
 * Which connections are those of this process to itself: they come from ports that it holds. What
 * bounds strangers isn't for them, or whoever takes all that there is would have the API ended for
 * not answering itself. Any thread.
 */
public final class OwnEnds {
  private final Set<SocketAddress> ends = ConcurrentHashMap.newKeySet();

  /** A connection, known from before the other end sees it. */
  record Connected(Socket socket, SocketAddress end, Set<SocketAddress> ends)
      implements AutoCloseable {
    /** The port is forgotten while it is still held. */
    @Override
    public void close() throws IOException {
      ends.remove(end);
      socket.close();
    }
  }

  Connected connect(InetSocketAddress address, int limitMs) throws IOException {
    Socket socket = new Socket();
    try {
      socket.setSoTimeout(limitMs);
      // What is bound can't be anybody else's.
      socket.bind(new InetSocketAddress(address.getAddress(), 0));
    } catch (IOException e) {
      socket.close();
      throw e;
    }
    Connected connected = new Connected(socket, socket.getLocalSocketAddress(), ends);
    ends.add(connected.end());
    try {
      socket.connect(address, limitMs);
      return connected;
    } catch (IOException e) {
      connected.close();
      throw e;
    }
  }

  /** Whether a connection from there is one of this process. */
  public boolean has(@Nullable SocketAddress end) {
    return end != null && ends.contains(end);
  }

  public boolean sent(ContainerRequestContext request) {
    return request.getProperty(Call.CONNECTION) instanceof EndPoint connection
        && has(connection.getRemoteSocketAddress());
  }
}
