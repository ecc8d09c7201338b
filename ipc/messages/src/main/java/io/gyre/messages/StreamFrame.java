package io.gyre.messages;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A piece of a log or exec stream on a Unix-domain socket: one byte kind, four bytes length (big
 * endian), then that many bytes.
 *
 * <pre>
 * kind       direction       payload
 * STDIN      to the host     bytes for the command
 * STDIN_END  to the host     none
 * STDOUT     from the host   bytes; for logs: one line, preceded by 8 bytes epoch milliseconds (0: unknown)
 * STDERR     from the host   as STDOUT
 * EXIT       from the host   4 bytes exit code; ends an exec stream
 * ERROR      from the host   UTF-8: kind name, LF, code, LF, message, LF, hint; ends the stream
 * END        from the host   none; ends a log stream
 * PING       from the host   none; sent while a followed log is quiet
 * </pre>
 *
 * @param payload not copied: whoever makes or reads a frame leaves it as it is
 */
@SuppressWarnings("ArrayRecordComponent") // compared by content below
public record StreamFrame(Kind kind, byte[] payload) {
  /** The order is the number on the wire. */
  public enum Kind {
    STDIN,
    STDIN_END,
    STDOUT,
    STDERR,
    EXIT,
    ERROR,
    END,
    PING
  }

  /** A frame that claims more than this is a broken stream. */
  public static final int MAX_PAYLOAD = 1 << 20;

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof StreamFrame frame
        && kind == frame.kind
        && Arrays.equals(payload, frame.payload);
  }

  @Override
  public int hashCode() {
    return 31 * kind.hashCode() + Arrays.hashCode(payload);
  }

  @Override
  public String toString() {
    return kind + "[" + payload.length + " bytes]";
  }
}
