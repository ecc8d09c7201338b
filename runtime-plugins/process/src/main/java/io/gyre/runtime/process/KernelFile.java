package io.gyre.runtime.process;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/** Small files that the kernel makes up when they are read. */
final class KernelFile {
  private static final int LONGEST = 16 * 1024;

  private KernelFile() {}

  /** Empty where it isn't there, or what it speaks of has gone. */
  static Optional<String> find(String path) {
    try (FileInputStream file = new FileInputStream(path)) {
      return Optional.of(new String(file.readNBytes(LONGEST), StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** A file that holds one number; empty also where it holds something else. */
  static Optional<Long> number(Path path) {
    return find(path.toString()).flatMap(text -> parse(text.strip()));
  }

  /** The number after a word at the begin of a line. */
  static Optional<Long> number(Path path, String word) {
    return find(path.toString())
        .flatMap(
            text ->
                text.lines()
                    .filter(line -> line.startsWith(word + " "))
                    .findFirst()
                    .flatMap(line -> parse(line.substring(word.length()).strip())));
  }

  private static Optional<Long> parse(String text) {
    try {
      return Optional.of(Long.valueOf(text));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }
}
