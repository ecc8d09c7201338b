package io.gyre.component;

import static io.gyre.component.CLibrary.INT;
import static io.gyre.component.CLibrary.LONG;
import static io.gyre.component.CLibrary.PTR;
import static io.gyre.component.CLibrary.function;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Method;
import java.nio.channels.Channel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * File descriptors between processes: handed over a Unix-domain socket, as only the C library can,
 * or left to a child as its standard input.
 */
public final class Descriptors {
  private static final int SOL_SOCKET = 1;
  private static final int SCM_RIGHTS = 1;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;
  private static final int MAX_TEXT = 512;
  private static final int MSGHDR_BYTES = 56;
  private static final int CONTROL_BYTES = 24;
  private static final int CONTROL_LENGTH = 20;

  /**
   * @param descriptor of this process, to be closed by {@link #close}
   * @param text what the sender said of it
   */
  public record Received(int descriptor, String text) {}

  private Descriptors() {}

  /** The number that the channel has in this process. */
  public static int of(Channel channel) throws IOException {
    try {
      Method method = Class.forName("sun.nio.ch.SelChImpl").getDeclaredMethod("getFDVal");
      method.setAccessible(true);
      return (int) method.invoke(channel);
    } catch (ReflectiveOperationException | RuntimeException e) {
      throw new IOException("this JDK does not tell the descriptor of a channel: " + e, e);
    }
  }

  /** Makes it the standard input of this process, which children may inherit. */
  public static void makeStandardInput(int descriptor) throws IOException {
    try {
      Method method =
          Class.forName("sun.nio.ch.InheritedChannel")
              .getDeclaredMethod("dup2", int.class, int.class);
      method.setAccessible(true);
      var _ = method.invoke(null, descriptor, 0);
    } catch (ReflectiveOperationException | RuntimeException e) {
      throw new IOException("this JDK does not duplicate descriptors: " + e, e);
    }
  }

  public static void close(int descriptor) throws IOException {
    try {
      int closed = (int) function("close", INT, INT).invokeExact(descriptor);
      if (closed < 0) {
        throw new IOException("descriptor " + descriptor + " could not be closed");
      }
    } catch (Throwable e) {
      throw failure(e);
    }
  }

  /**
   * @param socket a connected, blocking Unix-domain channel
   * @param text up to 512 bytes of UTF-8, at least one
   */
  static void send(SocketChannel socket, int descriptor, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length == 0 || bytes.length > MAX_TEXT) {
      throw new IllegalArgumentException(bytes.length + " bytes of text");
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocate(bytes.length);
      MemorySegment.copy(bytes, 0, data, ValueLayout.JAVA_BYTE, 0, bytes.length);
      MemorySegment control = arena.allocate(CONTROL_BYTES, 8);
      control.set(ValueLayout.JAVA_LONG, 0, CONTROL_LENGTH);
      control.set(ValueLayout.JAVA_INT, 8, SOL_SOCKET);
      control.set(ValueLayout.JAVA_INT, 12, SCM_RIGHTS);
      control.set(ValueLayout.JAVA_INT, 16, descriptor);
      long sent =
          (long)
              function("sendmsg", LONG, INT, PTR, INT)
                  .invokeExact(of(socket), header(arena, data, control), MSG_NOSIGNAL);
      if (sent != bytes.length) {
        throw new IOException("the other side did not take the descriptor");
      }
    } catch (Throwable e) {
      throw failure(e);
    }
  }

  /** Blocks until the other side has sent one. */
  static Received receive(SocketChannel socket) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocate(MAX_TEXT);
      MemorySegment control = arena.allocate(CONTROL_BYTES, 8);
      MemorySegment header = header(arena, data, control);
      long length =
          (long)
              function("recvmsg", LONG, INT, PTR, INT)
                  .invokeExact(of(socket), header, MSG_CMSG_CLOEXEC);
      boolean isDescriptor =
          length > 0
              && header.get(ValueLayout.JAVA_LONG, 40) >= CONTROL_LENGTH
              && control.get(ValueLayout.JAVA_INT, 8) == SOL_SOCKET
              && control.get(ValueLayout.JAVA_INT, 12) == SCM_RIGHTS;
      if (!isDescriptor) {
        throw new IOException("the other side sent no descriptor");
      }
      byte[] text = new byte[(int) length];
      MemorySegment.copy(data, ValueLayout.JAVA_BYTE, 0, text, 0, text.length);
      return new Received(
          control.get(ValueLayout.JAVA_INT, 16), new String(text, StandardCharsets.UTF_8));
    } catch (Throwable e) {
      throw failure(e);
    }
  }

  /** A {@code struct msghdr} of 64-bit Linux. */
  private static MemorySegment header(Arena arena, MemorySegment data, MemorySegment control) {
    MemorySegment vector = arena.allocate(16, 8);
    vector.set(ValueLayout.ADDRESS, 0, data);
    vector.set(ValueLayout.JAVA_LONG, 8, data.byteSize());
    MemorySegment header = arena.allocate(MSGHDR_BYTES, 8);
    header.set(ValueLayout.ADDRESS, 16, vector);
    header.set(ValueLayout.JAVA_LONG, 24, 1);
    header.set(ValueLayout.ADDRESS, 32, control);
    header.set(ValueLayout.JAVA_LONG, 40, control.byteSize());
    return header;
  }

  private static IOException failure(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return e instanceof IOException known ? known : new IOException(e.toString(), e);
  }
}
