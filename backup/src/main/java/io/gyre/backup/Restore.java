package io.gyre.backup;

import io.gyre.component.FileText;
import io.gyre.component.Home;
import io.gyre.component.PendingRestore;
import io.gyre.component.StoppedHome;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.Ids;
import io.gyre.store.DatabaseCopy;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes a data root what a backup says. Until all of it is unpacked, checked and brought to this
 * version nothing of the data root is touched; from then on it is carried out whatever happens
 * ({@link PendingRestore}).
 */
final class Restore {
  /** Belongs to the state that makes way; the queues say nothing about another one. */
  private static final List<String> REPLACED =
      List.of("data/gyre.db", "data/gyre.db-wal", "data/gyre.db-shm", "bus", "plugins");

  /**
   * @param force whether a data root that holds a state is replaced
   * @param keepConfig whether a configuration that is there stays
   * @param asCopy whether the data root is one of its own, beside the one that was backed up
   * @param passphrase of the keys in the backup; null: they aren't brought back
   */
  @SuppressWarnings("ArrayRecordComponent") // To be wiped.
  record Options(boolean force, boolean keepConfig, boolean asCopy, char @Nullable [] passphrase) {}

  /**
   * @param aside where what was replaced is now
   * @param notes for the user
   */
  record Done(Contents contents, Path aside, List<String> notes) {}

  private final Home home;
  private final Options options;
  private final Clock clock;
  private final List<String> notes = new ArrayList<>();

  private Restore(Home home, Options options, Clock clock) {
    this.home = home;
    this.options = options;
    this.clock = clock;
  }

  static Done run(Home home, Path file, Options options, Clock clock) {
    try (BackupFile backup = BackupFile.open(file)) {
      home.create();
      try (StoppedHome _ = StoppedHome.of(home)) {
        PendingRestore.finish(home);
        return new Restore(home, options, clock).run(backup, file);
      } catch (IOException e) {
        throw new GyreException(
            ErrorKind.UNAVAILABLE,
            "restore.failed",
            "cannot restore " + home.root() + ": " + e,
            "check the owner and the free space; nothing was changed",
            List.of(),
            e);
      }
    }
  }

  private Done run(BackupFile backup, Path file) throws IOException {
    Contents contents = backup.contents();
    if (Files.exists(home.database()) && !options.force()) {
      throw new GyreException(
          ErrorKind.CONFLICT,
          "restore.not_empty",
          home.root() + " holds a state already",
          "--force puts the backup in its place and keeps what was there in a directory beside it");
    }
    boolean takesIdentity = takesIdentity(contents);
    String stamp =
        DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss")
            .withZone(ZoneOffset.UTC)
            .format(clock.instant());
    Path staging = PendingRestore.staging(home);
    boolean committed = false;
    try {
      PendingRestore.delete(staging);
      Path fresh = staging.resolve("new");
      backup.unpack(fresh, home.database().resolveSibling(""));
      List<String> replaced = new ArrayList<>(REPLACED);
      if (takesIdentity) {
        replaced.add(Contents.HOST_ID);
      } else {
        Files.deleteIfExists(fresh.resolve(Contents.HOST_ID));
      }
      configuration(fresh, replaced);
      keys(fresh, replaced);
      database(fresh, contents, file);
      own(fresh);
      String aside = "replaced-" + stamp;
      committed = true;
      PendingRestore.commit(home, aside, replaced);
      return new Done(contents, home.root().resolve(aside), notes);
    } finally {
      if (!committed) {
        PendingRestore.delete(staging);
      }
    }
  }

  /** Whether containers and processes that were those of the backup are those of this root. */
  private boolean takesIdentity(Contents contents) throws IOException {
    String theirs = contents.hostId();
    Path own = home.root().resolve(Contents.HOST_ID);
    if (options.asCopy()) {
      return false;
    }
    if (Files.exists(own)) {
      if (Files.readString(own).strip().equals(theirs)) {
        return false;
      }
      throw new GyreException(
          ErrorKind.CONFLICT,
          "restore.other_host",
          home.root() + " has an identity of its own, and workloads may run under it",
          "restore into an empty data root to take over what runs, or add --as-copy to keep the"
              + " identity and start everything anew");
    }
    Path origin = Path.of(contents.root());
    Path other = origin.resolve(Contents.HOST_ID);
    if (!origin.equals(home.root())
        && Files.exists(other)
        && Files.readString(other).strip().equals(theirs)) {
      throw new GyreException(
          ErrorKind.CONFLICT,
          "restore.origin_exists",
          "the data root that was backed up is still here: " + origin,
          "two of one identity would fight over the same workloads: remove that one, or add"
              + " --as-copy to start everything anew beside it");
    }
    return true;
  }

  private void configuration(Path fresh, List<String> replaced) throws IOException {
    Path config = fresh.resolve(Contents.CONFIG);
    boolean inside = home.configFile().equals(home.root().resolve(Contents.CONFIG));
    if (!Files.exists(config)) {
      return;
    }
    if (inside && !(options.keepConfig() && Files.exists(home.configFile()))) {
      replaced.add(Contents.CONFIG);
      return;
    }
    String name = Contents.CONFIG + ".restored";
    Files.move(config, fresh.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    replaced.add(name);
    notes.add(
        home.configFile()
            + " was left as it is; that of the backup is "
            + home.root().resolve(name));
  }

  private void keys(Path fresh, List<String> replaced) throws IOException {
    Path sealed = fresh.resolve(Contents.SEALED_KEYS);
    if (Files.exists(home.root().resolve(Contents.KEY_NOTES))) {
      Files.deleteIfExists(fresh.resolve(Contents.KEY_NOTES));
    }
    char[] passphrase = options.passphrase();
    if (passphrase == null) {
      if (Files.deleteIfExists(sealed)) {
        notes.add("the backup has keys; restore with --with-keys brings them back, too");
      }
      return;
    }
    if (!Files.exists(sealed)) {
      throw new GyreException(
          ErrorKind.INVALID,
          "backup.no_keys",
          "the backup has no keys",
          "restore it without --with-keys, and put the keys back from where you keep them");
    }
    byte[] keys = SealedKeys.open(Files.readString(sealed), passphrase);
    Files.delete(sealed);
    Path target = fresh.resolve(Contents.KEYS);
    Files.createDirectories(
        target.resolveSibling(""),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Files.createFile(
        target, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.write(target, keys);
    replaced.add(Contents.KEYS);
  }

  private void database(Path fresh, Contents contents, Path file) throws IOException {
    Path token = home.adminTokenFile();
    boolean there = Files.exists(token);
    String text = there ? Files.readString(token).strip() : "gyre_" + Ids.random(40);
    String words =
        "restored the state of "
            + contents.createdAt().truncatedTo(ChronoUnit.SECONDS)
            + " from "
            + file.getFileName()
            + " (gyre "
            + contents.gyre()
            + ", schema "
            + contents.schema()
            + ")";
    boolean known =
        DatabaseCopy.prepare(
            fresh.resolve(Contents.DATABASE), "gyre restore", words, sha256(text), clock);
    if (!there) {
      FileText.write(fresh.resolve(token.getFileName().toString()), text + "\n", true);
      notes.add("a new administrator's token is in " + token);
    } else if (!known) {
      notes.add("the token in " + token + " is that of an administrator again");
    }
  }

  private static String sha256(String text) {
    MessageDigest digest = Digests.sha256();
    digest.update(text.getBytes(StandardCharsets.UTF_8));
    return Digests.hex(digest);
  }

  /**
   * Gives all of it to whom the data directory belongs: who restores may be root, who uses it is
   * not. Puts it on the disk.
   */
  private void own(Path fresh) throws IOException {
    PosixFileAttributes like =
        Files.readAttributes(home.database().resolveSibling(""), PosixFileAttributes.class);
    try (Stream<Path> all = Files.walk(fresh)) {
      for (Path path : all.toList()) {
        PosixFileAttributeView view =
            Files.getFileAttributeView(
                path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        if (!view.readAttributes().owner().equals(like.owner())) {
          view.setOwner(like.owner());
          view.setGroup(like.group());
        }
        if (Files.isDirectory(path)) {
          PendingRestore.sync(path);
        } else {
          try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
          }
        }
      }
    }
  }
}
