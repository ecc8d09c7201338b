package io.gyre.supervisor;

import io.gyre.component.FlatJson;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the command line speaks to the supervisor: {@code supervisor.sock}, for the owner only. A
 * request is one flat JSON object on a line; the answers too, one or more. The last has {@code
 * result}: {@code ok} or {@code failed}, with a {@code message}. A thread per connection.
 *
 * <pre>
 *  {"do":"list"}                                          a line per component
 *  {"do":"restart","component":"api","limit_ms":"60000"}  the result, once it is ready
 * </pre>
 */
final class ControlSocket implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ControlSocket.class);
  private static final int MAX_REQUEST = 4096;

  /** Answers one request; may take long. */
  interface Handler {
    /**
     * @param answer takes any number of lines before the last
     * @return the message of the result
     * @throws Exception whose message says why it failed
     */
    String handle(Map<String, String> request, Consumer<Map<String, String>> answer)
        throws Exception;
  }

  private final ServerSocketChannel server;
  private final Handler handler;

  private ControlSocket(ServerSocketChannel server, Handler handler) {
    this.server = server;
    this.handler = handler;
  }

  static ControlSocket open(Path path, Handler handler) throws IOException {
    // That of a supervisor which is gone: there is one at a time.
    Files.deleteIfExists(path);
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      server.bind(UnixDomainSocketAddress.of(path), 16);
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException e) {
      server.close();
      throw e;
    }
    ControlSocket control = new ControlSocket(server, handler);
    Thread.ofPlatform().daemon().name("control").start(control::accept);
    return control;
  }

  private void accept() {
    while (server.isOpen()) {
      try {
        SocketChannel socket = server.accept();
        Thread.ofPlatform().daemon().name("control-request").start(() -> serve(socket));
      } catch (IOException e) {
        if (server.isOpen()) {
          log.warn("a request was not taken: {}", e.toString());
        }
      }
    }
  }

  private void serve(SocketChannel socket) {
    try (socket) {
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(Channels.newInputStream(socket), StandardCharsets.UTF_8), 1024);
      OutputStream out = Channels.newOutputStream(socket);
      write(out, result(line(in), out));
    } catch (IOException | UncheckedIOException e) {
      log.debug("who asked is gone: {}", e.toString());
    }
  }

  private Map<String, String> result(String request, OutputStream out) {
    Map<String, String> result = new TreeMap<>();
    try {
      result.put(
          "message", handler.handle(FlatJson.parse(request), fields -> writeQuietly(out, fields)));
      result.put("result", "ok");
    } catch (UncheckedIOException e) {
      throw e;
    } catch (Exception e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      result.put("message", String.valueOf(e.getMessage()));
      result.put("result", "failed");
    }
    return result;
  }

  private static String line(BufferedReader in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
      if (line.length() == MAX_REQUEST) {
        throw new IOException("the request is too long");
      }
      line.append((char) c);
    }
    return line.toString();
  }

  private static void writeQuietly(OutputStream out, Map<String, String> fields) {
    try {
      write(out, fields);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(OutputStream out, Map<String, String> fields) throws IOException {
    out.write(FlatJson.text(fields).getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      log.debug("not closed: {}", e.toString());
    }
  }
}
