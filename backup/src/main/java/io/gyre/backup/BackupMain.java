package io.gyre.backup;

import ch.qos.logback.classic.Level;
import io.gyre.component.Home;
import io.gyre.component.PendingRestore;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.Violation;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What of backups needs the files of the data root; the client runs it.
 *
 * <pre>
 * create FILE [--force] [--with-keys FROM]               without the API, whether or not Gyre runs
 * verify FILE [--as NAME]                                speaks of it by that name
 * restore FILE [--force] [--keep-config] [--as-copy] [--with-keys FROM]
 *
 * FROM: the file that holds the passphrase, or -
 * </pre>
 */
public final class BackupMain {
  private BackupMain() {}

  public static void main(String[] arguments) {
    // What is to be said is said below; the log is for components.
    if (LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)
        instanceof ch.qos.logback.classic.Logger root) {
      root.setLevel(Level.OFF);
    }
    Runtime.getRuntime().halt(run(List.of(arguments), System.getenv(), System.out, System.err));
  }

  /**
   * @return the exit code
   */
  static int run(
      List<String> arguments, Map<String, String> environment, PrintStream out, PrintStream err) {
    Home home = Home.resolve(environment);
    Path file = Path.of(arguments.get(1)).toAbsolutePath().normalize();
    List<String> options = arguments.subList(2, arguments.size());
    try {
      switch (arguments.getFirst()) {
        case "create" -> create(home, file, options.contains("--force"), passphrase(options), out);
        case "verify" -> verify(file, options.isEmpty() ? file : Path.of(options.getLast()), out);
        case "restore" ->
            restore(
                home,
                file,
                new Restore.Options(
                    options.contains("--force"),
                    options.contains("--keep-config"),
                    options.contains("--as-copy"),
                    passphrase(options)),
                out);
        default -> throw new IllegalArgumentException(arguments.getFirst());
      }
      return 0;
    } catch (GyreException e) {
      for (Violation violation : e.violations()) {
        err.println(violation.text());
      }
      err.println("error: " + e.getMessage());
      if (e.hint() != null) {
        err.println("  " + e.hint());
      }
      return e.kind() == ErrorKind.UNAVAILABLE ? 1 : e.kind().exitCode();
    } finally {
      out.flush();
    }
  }

  private static char @Nullable [] passphrase(List<String> options) {
    int at = options.indexOf("--with-keys");
    return at < 0 ? null : SealedKeys.passphrase(options.get(at + 1), System.in);
  }

  private static void create(
      Home home, Path file, boolean force, char @Nullable [] passphrase, PrintStream out) {
    if (Files.exists(file) && !force) {
      throw new GyreException(
          ErrorKind.ALREADY_EXISTS,
          "backup.exists",
          file + " exists already",
          "choose another name, or --force to replace it");
    }
    byte[] keys = passphrase == null ? null : SealedKeys.seal(home, passphrase);
    Path directory = parent(file);
    // Where the next start of the API removes it, if this is killed.
    Path scratch = parent(home.database());
    Path part = directory.resolve("." + file.getFileName() + ".part");
    Contents contents;
    try (BackupWriter.Prepared prepared = BackupWriter.prepare(home, scratch)) {
      Files.deleteIfExists(part);
      try (FileChannel channel =
              FileChannel.open(
                  part,
                  Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                  PosixFilePermissions.asFileAttribute(
                      PosixFilePermissions.fromString("rw-------")));
          OutputStream stream = Channels.newOutputStream(channel)) {
        contents = prepared.write(Clock.systemUTC().instant(), keys, stream);
        channel.force(true);
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
      PendingRestore.sync(directory);
    } catch (IOException e) {
      throw new GyreException(
          ErrorKind.UNAVAILABLE,
          "backup.failed",
          "cannot write " + file + ": " + e,
          "check the owner and the free space",
          List.of(),
          e);
    } finally {
      deleteQuietly(part);
    }
    say(contents, file, out);
  }

  private static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // The next attempt replaces it.
    }
  }

  private static void verify(Path file, Path name, PrintStream out) {
    try (BackupFile backup = BackupFile.open(file)) {
      Path scratch = Files.createTempDirectory("gyre-verify");
      try {
        backup.unpack(scratch.resolve("new"), scratch);
      } finally {
        PendingRestore.delete(scratch);
      }
      say(backup.contents(), name, out);
    } catch (IOException e) {
      throw new GyreException(
          ErrorKind.UNAVAILABLE,
          "backup.failed",
          "cannot unpack " + file + " to look at it: " + e,
          "check the space of the temporary directory (java.io.tmpdir)",
          List.of(),
          e);
    }
  }

  private static void say(Contents contents, Path file, PrintStream out) {
    long plugins =
        contents.entries().stream().filter(entry -> entry.name().startsWith("plugins/")).count();
    boolean keys = contents.entry(Contents.SEALED_KEYS).isPresent();
    out.printf(
        "%s: good; taken %s of %s by gyre %s, schema %d, %d KiB, %d plugin files%s%n",
        file,
        seconds(contents.createdAt()),
        contents.root(),
        contents.gyre(),
        contents.schema(),
        (contents.bytes() + 1023) / 1024,
        plugins,
        keys ? ", keys under a passphrase" : "");
    if (!keys) {
      out.println(
          "  keys are not in it: without "
              + Path.of(contents.root()).resolve(Contents.KEYS)
              + ", or where else secrets.kek says that they are, no secret of it can be read");
    }
  }

  private static void restore(Home home, Path file, Restore.Options options, PrintStream out) {
    Restore.Done done = Restore.run(home, file, options, Clock.systemUTC());
    out.printf(
        "restored the state of %s to %s%n", seconds(done.contents().createdAt()), home.root());
    if (Files.exists(done.aside())) {
      out.printf("what was there before is in %s%n", done.aside());
    }
    done.notes().forEach(out::println);
    out.println(
        "next: gyre up -d; what still runs is taken over, gyre get events tells what isn't known");
  }

  private static Instant seconds(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS);
  }

  private static Path parent(Path file) {
    Path parent = file.getParent();
    if (parent == null) {
      throw new IllegalArgumentException(file + " is no file");
    }
    return parent;
  }
}
