package io.gyre.backup;

import io.gyre.component.Home;
import io.gyre.component.PendingRestore;
import io.gyre.model.ErrorKind;
import io.gyre.model.Failpoints;
import io.gyre.model.GyreException;
import io.gyre.store.DatabaseCopy;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Writes a backup of a data root, whether or not Gyre runs on it: one state of the database, the
 * configuration, the plugins that the user installed and the id of the root. Never a token, and
 * never a key in clear: the database has hashes and sealed values only.
 *
 * <p>Needs as much memory for a large data root as for a small one, and the space of one copy of
 * the database in the scratch directory.
 */
public final class BackupWriter {
  /** That every scratch directory's name begins with. */
  public static final String SCRATCH = ".backup-";

  private final Home home;
  private final List<Contents.Entry> entries = new ArrayList<>();

  private BackupWriter(Home home) {
    this.home = home;
  }

  /** A copy of the database, ready to be written; there until it is closed. */
  public static final class Prepared implements AutoCloseable {
    private final Home home;
    private final Path scratch;
    private final int schema;

    private Prepared(Home home, Path scratch, int schema) {
      this.home = home;
      this.scratch = scratch;
      this.schema = schema;
    }

    /** Writes the backup and leaves the stream open; may be called once. */
    public Contents write(Instant now, OutputStream out) throws IOException {
      return write(now, null, out);
    }

    /**
     * @param sealedKeys of {@link SealedKeys}; null: without keys
     */
    Contents write(Instant now, byte @Nullable [] sealedKeys, OutputStream out) throws IOException {
      Path database = scratch.resolve("gyre.db");
      if (sealedKeys != null) {
        Files.write(scratch.resolve(Contents.SEALED_KEYS), sealedKeys);
      }
      return new BackupWriter(home).write(database, schema, now, out);
    }

    @Override
    public void close() {
      try {
        PendingRestore.delete(scratch);
      } catch (IOException e) {
        // The next one removes it.
      }
    }
  }

  /**
   * Takes the state that is to be written.
   *
   * @param scratchParent where a directory for the copy is made
   */
  public static Prepared prepare(Home home, Path scratchParent) {
    if (!Files.exists(home.database())) {
      throw new GyreException(
          ErrorKind.NOT_FOUND,
          "backup.nothing",
          home.root() + " holds no state: there is no " + home.database(),
          "set GYRE_HOME to the data root of the Gyre that is meant");
    }
    try {
      Path scratch =
          Files.createTempDirectory(
              scratchParent,
              SCRATCH,
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      Prepared prepared = null;
      try {
        int schema = DatabaseCopy.write(home.database(), scratch.resolve("gyre.db"));
        Failpoints.hit("backup.copied");
        prepared = new Prepared(home, scratch, schema);
        return prepared;
      } finally {
        if (prepared == null) {
          PendingRestore.delete(scratch);
        }
      }
    } catch (IOException e) {
      throw new GyreException(
          ErrorKind.UNAVAILABLE,
          "backup.no_space",
          "cannot copy the database to " + scratchParent + ": " + e,
          "check the owner and the free space",
          List.of(),
          e);
    }
  }

  /** Removes what backups that were killed have left; only while none is made there. */
  public static void removeLeftovers(Path scratchParent) throws IOException {
    try (Stream<Path> all = Files.list(scratchParent)) {
      for (Path one : all.filter(p -> p.getFileName().toString().startsWith(SCRATCH)).toList()) {
        PendingRestore.delete(one);
      }
    }
  }

  private Contents write(Path database, int schema, Instant now, OutputStream out)
      throws IOException {
    // Made here where no component has needed it yet.
    String hostId = home.hostId();
    ZipOutputStream zip = new ZipOutputStream(out);
    add(zip, Contents.DATABASE, database, now);
    Failpoints.hit("backup.database_written");
    add(zip, Contents.HOST_ID, home.root().resolve(Contents.HOST_ID), now);
    add(zip, Contents.CONFIG, home.configFile(), now);
    add(zip, Contents.KEY_NOTES, home.root().resolve(Contents.KEY_NOTES), now);
    add(zip, Contents.SEALED_KEYS, database.resolveSibling(Contents.SEALED_KEYS), now);
    for (Path plugin : plugins()) {
      add(zip, "plugins/" + plugin.getFileName(), plugin, now);
    }
    Contents contents =
        new Contents(version(), schema, now, hostId, home.root().toString(), entries);
    zip.putNextEntry(entry(Contents.NAME, now));
    zip.write(contents.json());
    zip.closeEntry();
    zip.finish();
    return contents;
  }

  private List<Path> plugins() throws IOException {
    if (!Files.isDirectory(home.plugins())) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(home.plugins())) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> Contents.known("plugins/" + file.getFileName()))
          .sorted()
          .toList();
    }
  }

  /** A file that isn't there is left out. */
  private void add(ZipOutputStream zip, String name, Path file, Instant now) throws IOException {
    try (InputStream in = Files.newInputStream(file);
        DigestInputStream digested = new DigestInputStream(in, Digests.sha256())) {
      zip.putNextEntry(entry(name, now));
      long size = digested.transferTo(zip);
      zip.closeEntry();
      entries.add(new Contents.Entry(name, size, Digests.hex(digested.getMessageDigest())));
    } catch (NoSuchFileException e) {
      if (name.equals(Contents.DATABASE)) {
        throw e;
      }
    }
  }

  private static ZipEntry entry(String name, Instant now) {
    ZipEntry entry = new ZipEntry(name);
    entry.setTime(now.toEpochMilli());
    return entry;
  }

  static String version() {
    Properties properties = new Properties();
    try (InputStream in = BackupWriter.class.getResourceAsStream("version.properties")) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      return "unknown";
    }
    return properties.getProperty("version", "unknown");
  }
}
