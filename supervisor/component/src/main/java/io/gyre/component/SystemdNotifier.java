package io.gyre.component;

import static io.gyre.component.CLibrary.INT;
import static io.gyre.component.CLibrary.LONG;
import static io.gyre.component.CLibrary.PTR;
import static io.gyre.component.CLibrary.function;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd of our state over {@code NOTIFY_SOCKET}; does nothing where that isn't set. The JDK
 * has no datagram sockets of the Unix domain, so this calls the C library.
 */
final class SystemdNotifier {
  private static final Logger log = LoggerFactory.getLogger(SystemdNotifier.class);
  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MAX_PATH = 107;

  private final @Nullable String socket;

  SystemdNotifier(Map<String, String> environment) {
    this.socket = environment.get("NOTIFY_SOCKET");
  }

  /** Sends lines such as {@code READY=1}; a failure is logged and changes nothing. */
  void send(String state) {
    if (socket == null || socket.isEmpty()) {
      return;
    }
    byte[] path = socket.getBytes(StandardCharsets.UTF_8);
    if (path.length > MAX_PATH) {
      log.warn("NOTIFY_SOCKET is too long: {}", socket);
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      int descriptor =
          (int) function("socket", INT, INT, INT, INT).invokeExact(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
      if (descriptor < 0) {
        log.warn("no socket to tell systemd \"{}\"", state);
        return;
      }
      MemorySegment address = arena.allocate(2 + MAX_PATH + 1);
      address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
      MemorySegment.copy(path, 0, address, ValueLayout.JAVA_BYTE, 2, path.length);
      boolean isAbstract = path[0] == '@';
      if (isAbstract) {
        address.set(ValueLayout.JAVA_BYTE, 2, (byte) 0);
      }
      byte[] text = state.getBytes(StandardCharsets.UTF_8);
      MemorySegment message = arena.allocate(text.length);
      MemorySegment.copy(text, 0, message, ValueLayout.JAVA_BYTE, 0, text.length);
      long sent =
          (long)
              function("sendto", LONG, INT, PTR, LONG, INT, PTR, INT)
                  .invokeExact(
                      descriptor,
                      message,
                      (long) text.length,
                      MSG_NOSIGNAL,
                      address,
                      2 + path.length + (isAbstract ? 0 : 1));
      int closed = (int) function("close", INT, INT).invokeExact(descriptor);
      if (sent < 0 || closed < 0) {
        log.warn("systemd did not take \"{}\" at {}", state, socket);
      }
    } catch (Throwable e) {
      log.warn("cannot tell systemd \"{}\": {}", state, e.toString());
    }
  }
}
