package io.gyre.bus;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/**
 * Looks whether the newest file of a queue is whole, without Chronicle: a header that claims more
 * bytes than there are would make it wander off, or touch memory that no file backs.
 *
 * <pre>
 * file   = entry*                every entry starts at a multiple of 4
 * entry  = header bytes          header: 4 bytes, little endian
 * header   bit 31: not complete; bit 30: Chronicle's own; rest: length
 *          0: nothing yet; bits 31 and 30, length 0: end of file
 * </pre>
 */
final class QueueIntegrity {
  private static final int NOT_COMPLETE = 1 << 31;
  private static final int OWN = 1 << 30;
  private static final int LENGTH = OWN - 1;
  private static final ValueLayout.OfInt HEADER =
      ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** A queue that can't be used as it is. */
  static final class BrokenQueueException extends Exception {
    private static final long serialVersionUID = 1;

    BrokenQueueException(String message) {
      super(message);
    }
  }

  private QueueIntegrity() {}

  /**
   * What the newest file holds.
   *
   * @param lastAt where the last message starts, or 0
   */
  record Contents(long messages, long lastAt) {
    static final Contents NONE = new Contents(0, 0);
  }

  static Contents check(Path queue) throws IOException, BrokenQueueException {
    Path metadata = queue.resolve(Queues.METADATA);
    if (Files.exists(metadata) && contents(metadata).messages() == 0) {
      throw new BrokenQueueException(metadata + " is empty or unfinished");
    }
    List<Path> files = files(queue);
    return files.isEmpty() ? Contents.NONE : contents(files.getLast());
  }

  private static Contents contents(Path file) throws IOException, BrokenQueueException {
    try (Arena arena = Arena.ofConfined();
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      return size == 0
          ? Contents.NONE
          : contents(file, channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena));
    } catch (NoSuchFileException e) {
      return Contents.NONE;
    }
  }

  /** The files of the queue, oldest first. */
  static List<Path> files(Path queue) throws IOException {
    try (Stream<Path> all = Files.list(queue)) {
      return all.filter(file -> file.toString().endsWith(Queues.SUFFIX)).sorted().toList();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  private static Contents contents(Path file, MemorySegment bytes) throws BrokenQueueException {
    long messages = 0;
    long lastAt = 0;
    for (long at = 0; at + Integer.BYTES <= bytes.byteSize(); ) {
      int header = bytes.get(HEADER, at);
      if (header == 0 || (header & NOT_COMPLETE) != 0) {
        break;
      }
      boolean own = (header & OWN) != 0;
      if (at == 0 && !own) {
        throw new BrokenQueueException(file + " does not start with a header");
      }
      long next = (at + Integer.BYTES + (header & LENGTH) + 3) & ~3L;
      if (next > bytes.byteSize()) {
        throw new BrokenQueueException(
            file + " ends at " + bytes.byteSize() + ", within an entry that starts at " + at);
      }
      if (!own) {
        messages++;
        lastAt = at;
      }
      at = next;
    }
    return new Contents(messages, lastAt);
  }
}
