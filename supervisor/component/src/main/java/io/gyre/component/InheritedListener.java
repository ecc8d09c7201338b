package io.gyre.component;

import static io.gyre.component.CLibrary.INT;
import static io.gyre.component.CLibrary.function;

import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import java.io.IOException;
import java.nio.channels.Channel;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A listening socket that somebody else keeps: systemd, or the supervisor. Who connects while no
 * process accepts waits in the kernel's queue, so that a restart refuses nobody.
 *
 * <p>A process has one at most. It must never close the channel: the JDK would turn standard output
 * and standard error to {@code /dev/null} with it. The end of the process closes it, and the socket
 * goes on listening for the next.
 */
public final class InheritedListener {
  /** Where the socket stays in this process, for who has to hand it on. */
  public static final int DESCRIPTOR = 0;

  private static final int FIRST_OF_SYSTEMD = 3;

  private InheritedListener() {}

  /**
   * What systemd passed to this process, by {@code LISTEN_FDS} and {@code LISTEN_PID}, or the
   * supervisor as standard input, by {@code GYRE_LISTENER=stdin}.
   *
   * @throws GyreException where it passed something that can't be used
   */
  public static Optional<ServerSocketChannel> take(Map<String, String> environment) {
    if (environment.getOrDefault("GYRE_LISTENER", "").equals("stdin")) {
      return Optional.of(adopt(DESCRIPTOR));
    }
    String count = environment.getOrDefault("LISTEN_FDS", "");
    String pid = environment.getOrDefault("LISTEN_PID", "");
    if (count.isEmpty() || !pid.equals(Long.toString(ProcessHandle.current().pid()))) {
      return Optional.empty();
    }
    if (!count.equals("1")) {
      throw unusable(count + " sockets were passed, and one is wanted", null);
    }
    return Optional.of(adopt(FIRST_OF_SYSTEMD));
  }

  /**
   * Makes a channel of a descriptor of a listening socket, which moves to {@link #DESCRIPTOR}. Once
   * per process.
   */
  public static ServerSocketChannel adopt(int descriptor) {
    try {
      if (descriptor != DESCRIPTOR) {
        int moved = (int) function("dup2", INT, INT, INT).invokeExact(descriptor, DESCRIPTOR);
        int closed = (int) function("close", INT, INT).invokeExact(descriptor);
        if (moved < 0 || closed < 0) {
          throw unusable("descriptor " + descriptor + " is not open", null);
        }
      }
      Channel channel = System.inheritedChannel();
      if (channel instanceof ServerSocketChannel listener) {
        return listener;
      }
      throw unusable("descriptor " + descriptor + " is no listening socket but " + channel, null);
    } catch (IOException e) {
      throw unusable(e.toString(), e);
    } catch (GyreException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static GyreException unusable(String why, @Nullable Throwable cause) {
    return new GyreException(
        ErrorKind.INVALID,
        "api.listener_unusable",
        "the listening socket that was passed to this process can't be used: " + why,
        "under systemd gyre-api.socket must have one ListenStream= and belong to gyre-api.service",
        List.of(),
        cause);
  }
}
