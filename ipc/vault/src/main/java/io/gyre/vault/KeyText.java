package io.gyre.vault;

import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keys as a text: one a line, as base64 or hexadecimal digits; empty lines and those that begin
 * with {@code #} don't count. The last one is current. No message shows any of it.
 */
final class KeyText {
  private static final Set<PosixFilePermission> FOR_OTHERS =
      PosixFilePermissions.fromString("---rwxrwx");
  private static final int MOST_BYTES = 64 << 10;

  private KeyText() {}

  static List<String> lines(String text) {
    return text.lines().map(String::strip).filter(l -> !l.isEmpty() && !l.startsWith("#")).toList();
  }

  static List<byte[]> keys(String text, String where) {
    List<byte[]> keys = new ArrayList<>();
    List<String> lines = lines(text);
    for (int i = 0; i < lines.size(); i++) {
      byte[] key = key(lines.get(i));
      if (key == null) {
        throw unusable(
            where
                + ": key "
                + (i + 1)
                + " is not 32 bytes as base64 or hexadecimal digits, as `head -c 32 /dev/urandom |"
                + " base64` makes them",
            "correct it; nothing that other keys sealed is lost");
      }
      keys.add(key);
    }
    return keys;
  }

  private static byte @Nullable [] key(String line) {
    try {
      byte[] key =
          line.length() == 2 * KeyRing.KEY_BYTES
              ? HexFormat.of().parseHex(line)
              : Base64.getDecoder().decode(line);
      return key.length == KeyRing.KEY_BYTES ? key : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** The text of a file that only its owner may read. */
  static String readPrivate(Path file) {
    try {
      for (PosixFilePermission permission : Files.getPosixFilePermissions(file)) {
        if (FOR_OTHERS.contains(permission)) {
          throw new GyreException(
              ErrorKind.UNAVAILABLE,
              "secrets.key_exposed",
              "the key in " + file + " is open to others and is not used",
              "chmod 600 " + file + "; if others may have read it: gyre secret rotate-kek");
        }
      }
      return read(file);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /** The text of a file that whoever hands it over protects. */
  static String readAny(Path file) {
    try {
      return read(file);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static String read(Path file) throws IOException {
    if (Files.size(file) > MOST_BYTES) {
      throw new IOException("it is longer than 64 KiB");
    }
    return Files.readString(file);
  }

  /**
   * Writes the file as a whole, 0600 and durably.
   *
   * @param replace false: whoever comes first has made it, and that stays
   */
  static void write(Path file, String text, boolean replace) {
    Path directory = file.toAbsolutePath().getParent();
    try {
      if (directory != null && !Files.isDirectory(directory)) {
        Files.createDirectories(
            directory,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
      Path part = Files.createTempFile(directory, ".key", "");
      try {
        try (FileChannel out = FileChannel.open(part, StandardOpenOption.WRITE)) {
          out.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
          out.force(true);
        }
        if (replace) {
          if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            Files.getFileAttributeView(part, java.nio.file.attribute.PosixFileAttributeView.class)
                .setOwner(Files.getOwner(file));
          }
          Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        } else {
          Files.createLink(file, part);
        }
      } catch (FileAlreadyExistsException e) {
        // Another process was quicker.
      } finally {
        Files.deleteIfExists(part);
      }
      if (directory != null) {
        try (FileChannel parent = FileChannel.open(directory, StandardOpenOption.READ)) {
          parent.force(true);
        }
      }
    } catch (IOException e) {
      throw unusable(
          "cannot write " + file + ": " + e, "check the owner of the directory and the free space");
    }
  }

  private static GyreException unreadable(Path file, IOException e) {
    return unusable(
        "the key in " + file + " cannot be read: " + e,
        "it must be there and belong to the user of the API and of the runtime host");
  }

  static GyreException unusable(String message, String hint) {
    return new GyreException(ErrorKind.UNAVAILABLE, "secrets.key_unusable", message, hint);
  }
}
