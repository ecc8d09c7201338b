package io.gyre.api.audit;

import io.gyre.model.DataFiles;
import io.gyre.store.AuditHead;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of the audit log, in a file beside the database: {@code SEQ HASH}, of fixed width. It is
 * written after each commit, and not forced to the disk: after a power cut it may lag behind the
 * log, and is never ahead of it. Threads take turns.
 */
final class AuditAnchor implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AuditAnchor.class);
  private static final Pattern TEXT = Pattern.compile("(\\d{19}) ([0-9a-f]{64})\n");

  private final Path file;
  private final FileChannel channel;
  private long written;
  private boolean failing;

  private AuditAnchor(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  static AuditAnchor open(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
            DataFiles.permissions(file));
    return new AuditAnchor(file, channel);
  }

  /** Empty where there is none, or nothing that can be read. */
  static Optional<AuditHead> read(Path file) {
    try {
      Matcher text = TEXT.matcher(Files.readString(file));
      return text.matches()
          ? Optional.of(new AuditHead(Long.parseLong(text.group(1)), text.group(2)))
          : Optional.empty();
    } catch (IOException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  synchronized void write(AuditHead head) {
    if (head.seq() <= written) {
      return;
    }
    written = head.seq();
    String text = "%019d %s\n".formatted(head.seq(), head.hash());
    try {
      int _ = channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)), 0);
      failing = false;
    } catch (IOException e) {
      if (!failing) {
        log.warn("{} was not written: {}", file, e.toString());
      }
      failing = true;
    }
  }

  @Override
  public synchronized void close() throws IOException {
    channel.close();
  }
}
