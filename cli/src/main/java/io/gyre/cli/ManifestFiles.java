package io.gyre.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Reads what {@code -f} names. */
final class ManifestFiles {
  /** Far above any manifest; keeps a mistyped name from filling the memory. */
  private static final int MAX_BYTES = 16 << 20;

  /**
   * @param name as the user knows it, for messages
   * @param directory what it names is relative to this
   */
  record File(String name, String content, Path directory) {}

  private final InputStream stdin;

  ManifestFiles(InputStream stdin) {
    this.stdin = stdin;
  }

  List<File> read(List<String> arguments) {
    List<File> files = new ArrayList<>();
    for (String argument : arguments) {
      if (argument.equals("-")) {
        files.add(readStdin());
        continue;
      }
      Path path = path(argument);
      if (Files.isDirectory(path)) {
        files.addAll(readDirectory(path));
      } else {
        files.add(readFile(path));
      }
    }
    return files;
  }

  /** What is in one file, or in standard input. */
  byte[] readOne(String argument) {
    if (argument.equals("-")) {
      return stdinBytes();
    }
    Path path = path(argument);
    try (InputStream stream = Files.newInputStream(path)) {
      return bounded(path.toString(), stream.readNBytes(MAX_BYTES + 1));
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  private static Path path(String argument) {
    try {
      return Path.of(argument);
    } catch (InvalidPathException e) {
      throw CliFailure.usage("\"" + argument + "\" is not a file name", null);
    }
  }

  private File readStdin() {
    return new File("stdin", decode("standard input", stdinBytes()), Path.of(""));
  }

  private byte[] stdinBytes() {
    try {
      return bounded("standard input", stdin.readNBytes(MAX_BYTES + 1));
    } catch (IOException e) {
      throw new CliFailure(Exit.FAILED, "cannot read standard input: " + e.getMessage(), null);
    }
  }

  private static List<File> readDirectory(Path directory) {
    List<Path> paths;
    try (Stream<Path> entries = Files.list(directory)) {
      paths = entries.filter(ManifestFiles::isManifest).sorted().toList();
    } catch (IOException e) {
      throw unreadable(directory, e);
    }
    if (paths.isEmpty()) {
      throw new CliFailure(
          Exit.FAILED,
          "no manifest in " + directory,
          "files there must end in .yaml, .yml or .json; subdirectories are not read");
    }
    return paths.stream().map(ManifestFiles::readFile).toList();
  }

  private static boolean isManifest(Path path) {
    String name = String.valueOf(path.getFileName());
    return !name.startsWith(".")
        && (name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".json"))
        && !Files.isDirectory(path);
  }

  private static File readFile(Path path) {
    try (InputStream stream = Files.newInputStream(path)) {
      Path parent = path.getParent();
      return new File(
          path.toString(),
          decode(path.toString(), bounded(path.toString(), stream.readNBytes(MAX_BYTES + 1))),
          parent == null ? Path.of("") : parent);
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  private static CliFailure unreadable(Path path, IOException e) {
    if (e instanceof NoSuchFileException) {
      return new CliFailure(Exit.FAILED, "no file " + path, "check the name after -f");
    }
    String why = e instanceof AccessDeniedException ? "permission denied" : e.getMessage();
    return new CliFailure(Exit.FAILED, "cannot read " + path + ": " + why, null);
  }

  private static byte[] bounded(String name, byte[] bytes) {
    if (bytes.length > MAX_BYTES) {
      throw new CliFailure(
          Exit.FAILED, name + " is larger than 16 MiB", "is it a manifest at all?");
    }
    return bytes;
  }

  private static String decode(String name, byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      ByteBuffer valid = ByteBuffer.wrap(bytes);
      StandardCharsets.UTF_8
          .newDecoder()
          .decode(valid, java.nio.CharBuffer.allocate(bytes.length), true);
      int line = 1;
      for (int i = 0; i < valid.position(); i++) {
        line += bytes[i] == '\n' ? 1 : 0;
      }
      throw new CliFailure(
          Exit.FAILED,
          name + ":" + line + ": not UTF-8 (byte " + (valid.position() + 1) + " of the file)",
          "save it as UTF-8");
    }
  }
}
