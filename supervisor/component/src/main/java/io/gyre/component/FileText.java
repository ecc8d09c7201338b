package io.gyre.component;

import io.gyre.model.DataFiles;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** Small files that are there whole or not at all, as private as {@link DataFiles} says. */
public final class FileText {
  private FileText() {}

  /**
   * Replaces the file at once.
   *
   * @param durable whether it must survive a power cut
   */
  public static void write(Path file, String text, boolean durable) {
    Path temporary =
        file.resolveSibling("." + file.getFileName() + "." + ProcessHandle.current().pid());
    try {
      Files.deleteIfExists(temporary);
      try (FileChannel channel = create(temporary)) {
        channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
        if (durable) {
          channel.force(true);
        }
      }
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw failure(file, e);
    }
  }

  /** The text of the file, made by the supplier where there is none; one maker wins a race. */
  public static String readOrCreate(Path file, Supplier<String> text) {
    try {
      if (!Files.exists(file)) {
        Path temporary =
            Files.createTempFile(file.getParent(), ".new", null, DataFiles.permissions(file));
        try {
          Files.writeString(temporary, text.get());
          Files.createLink(file, temporary);
        } catch (FileAlreadyExistsException e) {
          // Another process was quicker; its text counts.
        } finally {
          Files.deleteIfExists(temporary);
        }
      }
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw failure(file, e);
    }
  }

  private static FileChannel create(Path file) throws IOException {
    return FileChannel.open(
        file,
        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
        DataFiles.permissions(file));
  }

  private static GyreException failure(Path file, IOException e) {
    return new GyreException(
        ErrorKind.UNAVAILABLE,
        "file.unwritable",
        "cannot write " + file + ": " + e,
        "check the owner of the directory and the free space",
        List.of(),
        e);
  }
}
