package io.gyre.runtime.host.plugin;

import io.gyre.component.FileText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which jars served each runtime, the last of them being the one that serves, and which files were
 * passed over. It outlives the process, durably, in a file of lines with tabs:
 *
 * <pre>
 * good    RUNTIME ID VERSION SHA256 user|shipped SOURCE         oldest first
 * passed  FILE SHA256 MODIFIED_MS replaced|rolled_back          not loaded while the file is this
 * </pre>
 *
 * One thread at a time.
 */
final class PluginHistory {
  private static final Logger log = LoggerFactory.getLogger(PluginHistory.class);

  /** Kept besides the one that serves. */
  static final int EARLIER = 3;

  record Good(
      String runtime, String id, String version, String sha256, boolean shipped, Path source) {
    static Good of(String runtime, PluginJar jar) {
      return new Good(runtime, jar.id(), jar.version(), jar.sha256(), jar.shipped(), jar.source());
    }
  }

  record Passed(Path file, String sha256, long modifiedMs, boolean rolledBack) {}

  private final Path file;
  private List<Good> good = new ArrayList<>();
  private List<Passed> passed = new ArrayList<>();
  private String written = "";

  private PluginHistory(Path file) {
    this.file = file;
  }

  /** One that can't be read is as none: the jars in the directories are what there is then. */
  static PluginHistory load(Path file) {
    PluginHistory history = new PluginHistory(file);
    try {
      for (String line : Files.readAllLines(file)) {
        history.read(line.split("\t", -1));
      }
    } catch (NoSuchFileException e) {
      // The first start.
    } catch (IOException | RuntimeException e) {
      log.warn("{} is not readable, earlier versions of plugins are forgotten: {}", file, e);
      history.good.clear();
      history.passed.clear();
    }
    return history;
  }

  private void read(String[] words) {
    if (words[0].equals("good") && words.length == 7) {
      good.add(
          new Good(
              words[1],
              words[2],
              words[3],
              words[4],
              words[5].equals("shipped"),
              Path.of(words[6])));
    } else if (words[0].equals("passed") && words.length == 5) {
      passed.add(
          new Passed(
              Path.of(words[1]),
              words[2],
              Long.parseLong(words[3]),
              words[4].equals("rolled_back")));
    }
  }

  List<String> runtimes() {
    return good.stream().map(Good::runtime).distinct().toList();
  }

  private List<Good> of(String runtime) {
    return good.stream().filter(each -> each.runtime().equals(runtime)).toList();
  }

  Optional<Good> serving(String runtime) {
    List<Good> all = of(runtime);
    return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast());
  }

  /** What a rollback goes to. */
  Optional<Good> before(String runtime) {
    List<Good> all = of(runtime);
    return all.size() < 2 ? Optional.empty() : Optional.of(all.get(all.size() - 2));
  }

  /** It serves its runtime from now on. */
  void serves(Good jar) {
    good.removeIf(
        each -> each.runtime().equals(jar.runtime()) && each.sha256().equals(jar.sha256()));
    good.add(jar);
    passed.removeIf(each -> each.sha256().equals(jar.sha256()));
    List<Good> all = of(jar.runtime());
    for (Good old : all.subList(0, Math.max(0, all.size() - EARLIER - 1))) {
      good.remove(old);
    }
  }

  void forget(Good jar) {
    good.remove(jar);
  }

  /** The file, as it is now, isn't to be loaded by itself any more. */
  void pass(Path jar, String sha256, boolean rolledBack) {
    passed.removeIf(each -> each.file().equals(jar));
    modifiedMs(jar)
        .ifPresent(modified -> passed.add(new Passed(jar, sha256, modified, rolledBack)));
  }

  void unpass(Path jar) {
    passed.removeIf(each -> each.file().equals(jar));
  }

  /** Whether the file is still what was passed over: putting it there again makes it another. */
  Optional<Passed> passed(Path jar, String sha256) {
    return passed.stream()
        .filter(each -> each.file().equals(jar) && each.sha256().equals(sha256))
        .filter(each -> Objects.equals(modifiedMs(jar).orElse(null), each.modifiedMs()))
        .findFirst();
  }

  List<Passed> passed() {
    return List.copyOf(passed);
  }

  /** Of the jars whose copies are kept. */
  Set<String> digests() {
    Set<String> digests = new HashSet<>();
    good.forEach(each -> digests.add(each.sha256()));
    return digests;
  }

  private static Optional<Long> modifiedMs(Path jar) {
    try {
      return Optional.of(Files.getLastModifiedTime(jar).toMillis());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Durable when it returns; where it can't be written the last one stays. */
  void save() {
    passed.removeIf(each -> !Files.exists(each.file()));
    StringBuilder text = new StringBuilder();
    for (Good each : good) {
      text.append(
          String.join(
              "\t",
              "good",
              each.runtime(),
              each.id(),
              each.version(),
              each.sha256(),
              each.shipped() ? "shipped" : "user",
              each.source().toString()));
      text.append('\n');
    }
    for (Passed each : passed) {
      text.append(
          String.join(
              "\t",
              "passed",
              each.file().toString(),
              each.sha256(),
              Long.toString(each.modifiedMs()),
              each.rolledBack() ? "rolled_back" : "replaced"));
      text.append('\n');
    }
    if (!written.contentEquals(text)) {
      try {
        FileText.write(file, text.toString(), true);
        written = text.toString();
      } catch (io.gyre.model.GyreException e) {
        log.error("{}; a restart of the runtime process may serve another version", e.getMessage());
      }
    }
  }
}
