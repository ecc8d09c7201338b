package io.gyre.bus;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Damaged queues, kept for a look beside the new one: {@code api.broken-1}; the newest two. */
final class BrokenQueues {
  private static final Logger log = LoggerFactory.getLogger(BrokenQueues.class);
  private static final int KEPT = 2;

  private BrokenQueues() {}

  static void putAside(Path queue, Throwable why) {
    try {
      List<Path> old = of(queue);
      long number = old.isEmpty() ? 1 : number(old.getLast()) + 1;
      Path aside = queue.resolveSibling(queue.getFileName() + ".broken-" + number);
      Files.move(queue, aside);
      log.warn(
          "The queue {} is damaged and was put aside as {}; a new one is started."
              + " Nothing but wake-ups is lost. Reason: {}",
          queue,
          aside.getFileName(),
          why.toString());
      for (Path outdated : old.subList(0, Math.max(0, old.size() + 1 - KEPT))) {
        delete(outdated);
      }
    } catch (IOException e) {
      log.warn("Can't put the damaged queue {} aside: {}", queue, e.toString());
    }
  }

  /** Oldest first. */
  private static List<Path> of(Path queue) throws IOException {
    String prefix = queue.getFileName() + ".broken-";
    try (Stream<Path> siblings = Files.list(queue.resolveSibling("."))) {
      return siblings
          .map(Path::normalize)
          .filter(sibling -> sibling.getFileName().toString().matches(prefix + "[0-9]{1,9}"))
          .sorted(Comparator.comparingLong(BrokenQueues::number))
          .toList();
    }
  }

  private static long number(Path broken) {
    String name = broken.getFileName().toString();
    return Long.parseLong(name.substring(name.lastIndexOf('-') + 1));
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
