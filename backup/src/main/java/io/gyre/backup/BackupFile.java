package io.gyre.backup;

import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.Violation;
import io.gyre.store.DatabaseCopy;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/** A backup that is to be read; nothing in it is believed before it was checked. */
final class BackupFile implements AutoCloseable {
  private static final int BUFFER = 64 << 10;

  private final Path file;
  private final ZipFile zip;
  private final Contents contents;

  private BackupFile(Path file, ZipFile zip, Contents contents) {
    this.file = file;
    this.zip = zip;
    this.contents = contents;
  }

  /**
   * @throws GyreException NOT_FOUND, or INVALID where it is no backup or not all of one
   */
  static BackupFile open(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new GyreException(
          ErrorKind.NOT_FOUND, "backup.not_found", "there is no file " + file, null);
    }
    ZipFile zip = null;
    try {
      zip = new ZipFile(file.toFile());
      ZipEntry manifest = zip.getEntry(Contents.NAME);
      if (manifest == null) {
        throw new IOException("there is no " + Contents.NAME + " in it");
      }
      try (InputStream in = zip.getInputStream(manifest)) {
        byte[] json = in.readNBytes(Contents.MAX_BYTES);
        return new BackupFile(file, zip, Contents.parse(json));
      }
    } catch (IOException e) {
      closeQuietly(zip);
      throw new GyreException(
          ErrorKind.INVALID,
          "backup.unreadable",
          file + " is not a whole backup: " + e.getMessage(),
          "take another one; gyre backup --verify FILE checks it",
          List.of(),
          e);
    }
  }

  private static void closeQuietly(@Nullable ZipFile zip) {
    try {
      if (zip != null) {
        zip.close();
      }
    } catch (IOException e) {
      // It was only read.
    }
  }

  Contents contents() {
    return contents;
  }

  /**
   * Unpacks all of it below the directory, each file for its owner alone and on the disk, and
   * checks it: sums, what is there and what isn't, and that the database is whole.
   *
   * @param libraries where SQLite's own library may be unpacked
   * @throws GyreException INVALID with everything that is wrong
   */
  void unpack(Path directory, Path libraries) {
    List<String> problems = new ArrayList<>();
    try {
      Files.createDirectories(directory);
      for (Contents.Entry entry : contents.entries()) {
        extract(entry, directory.resolve(entry.name()), problems);
      }
    } catch (IOException e) {
      throw new GyreException(
          ErrorKind.UNAVAILABLE,
          "backup.no_space",
          "cannot unpack " + file + " to " + directory + ": " + e,
          "check the owner and the free space",
          List.of(),
          e);
    }
    zip.stream()
        .map(ZipEntry::getName)
        .filter(name -> !name.equals(Contents.NAME) && contents.entry(name).isEmpty())
        .forEach(name -> problems.add(name + ": the manifest doesn't know it"));
    if (contents.entry(Contents.DATABASE).isEmpty()) {
      problems.add(Contents.DATABASE + ": missing");
    }
    if (problems.isEmpty()) {
      DatabaseCopy.problems(directory.resolve(Contents.DATABASE), libraries, false)
          .forEach(problem -> problems.add(Contents.DATABASE + ": " + problem));
    }
    if (!problems.isEmpty()) {
      throw new GyreException(
          ErrorKind.INVALID,
          "backup.broken",
          file + " can't be used",
          "take another backup; nothing was changed",
          problems.stream()
              .map(problem -> new Violation("backup.broken", "", problem, null, 0, 0))
              .toList(),
          null);
    }
  }

  private void extract(Contents.Entry entry, Path target, List<String> problems)
      throws IOException {
    ZipEntry found = zip.getEntry(entry.name());
    if (found == null) {
      problems.add(entry.name() + ": missing");
      return;
    }
    Path parent = target.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    Files.createFile(
        target, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    String sum;
    long size;
    try (OutputStream out = Files.newOutputStream(target);
        DigestOutputStream digested = new DigestOutputStream(out, Digests.sha256())) {
      size = copy(found, entry.size(), digested);
      sum = Digests.hex(digested.getMessageDigest());
    } catch (ZipException | EOFException e) {
      problems.add(entry.name() + ": damaged: " + e.getMessage());
      return;
    }
    if (size != entry.size() || !sum.equals(entry.sha256())) {
      problems.add(entry.name() + ": it is not what was backed up (size or SHA-256 differ)");
    }
    try (FileChannel channel = FileChannel.open(target, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  /** At most one byte more than there should be: what is packed may be of any size. */
  private long copy(ZipEntry found, long size, OutputStream out) throws IOException {
    byte[] buffer = new byte[BUFFER];
    long copied = 0;
    try (InputStream in = zip.getInputStream(found)) {
      int read = in.read(buffer, 0, (int) Math.min(BUFFER, size - copied + 1));
      while (read > 0) {
        out.write(buffer, 0, read);
        copied += read;
        read = copied > size ? -1 : in.read(buffer, 0, (int) Math.min(BUFFER, size - copied + 1));
      }
    }
    return copied;
  }

  @Override
  public void close() {
    closeQuietly(zip);
  }
}
