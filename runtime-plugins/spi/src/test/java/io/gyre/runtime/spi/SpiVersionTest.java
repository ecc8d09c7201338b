package io.gyre.runtime.spi;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The contract as it was published last, and which version a change of it needs. {@code
 * -Dspi.publish=true} writes it down anew, for a version that fits the change.
 */
final class SpiVersionTest {
  private static final Path PUBLISHED =
      Path.of("src/test/resources/io/gyre/runtime/spi/published.txt");

  /** What only the host implements, so that a plugin needn't notice another method of it. */
  private static final List<String> OF_THE_HOST = List.of("RuntimeContext", "InstanceLogs$Sink");

  @Test
  void aChangeOfTheContractIsAChangeOfItsVersion() throws Exception {
    List<String> published = Files.readAllLines(PUBLISHED);
    String version = published.getFirst().replace("version ", "");
    SortedSet<String> now = Signatures.read();
    SortedSet<String> gone = new TreeSet<>(published.subList(1, published.size()));
    gone.removeAll(now);
    SortedSet<String> added = new TreeSet<>(now);
    added.removeAll(published);
    String needed = needed(version, gone, added);
    assertThat(compare(SpiVersion.CURRENT, needed))
        .as(
            "SpiVersion.CURRENT is %s; the contract changed since %s, which needs at least %s."
                + "%ngone:%n%s%nadded:%n%s",
            SpiVersion.CURRENT, version, needed, text(gone), text(added))
        .isNotNegative();
    if (Boolean.getBoolean("spi.publish")) {
      List<String> lines = new ArrayList<>(List.of("version " + SpiVersion.CURRENT));
      lines.addAll(now);
      Files.write(PUBLISHED, lines);
    } else {
      assertThat(version + text(gone) + text(added))
          .as("what is published; once the change is meant: mvn test -Dspi.publish=true")
          .isEqualTo(SpiVersion.CURRENT);
    }
  }

  @Test
  void theRuleItself() {
    SortedSet<String> none = new TreeSet<>();
    assertThat(needed("1.2.3", none, none)).isEqualTo("1.2.3");
    assertThat(needed("1.2.3", only("Limits: public int x()"), none)).isEqualTo("2.0.0");
    assertThat(needed("1.2.3", none, only("Limits: public int x()"))).isEqualTo("1.3.0");
    String method = ": public abstract void x() throws RuntimeFailure";
    assertThat(needed("1.2.3", none, only("WorkloadRuntime" + method))).isEqualTo("2.0.0");
    assertThat(needed("1.2.3", none, only("RuntimeContext" + method))).isEqualTo("1.3.0");
    assertThat(needed("1.2.3", none, only("New: type public abstract interface is ")))
        .isEqualTo("1.3.0");
    SortedSet<String> ability = only("New" + method);
    ability.add("New: type public abstract interface is ");
    assertThat(needed("1.2.3", none, ability)).isEqualTo("1.3.0");
  }

  private static SortedSet<String> only(String line) {
    return new TreeSet<>(List.of(line));
  }

  /** The least version that such a change may have. */
  private static String needed(String version, SortedSet<String> gone, SortedSet<String> added) {
    int[] numbers = numbers(version);
    if (!gone.isEmpty() || added.stream().anyMatch(line -> asksMore(line, added))) {
      return (numbers[0] + 1) + ".0.0";
    }
    return added.isEmpty() ? version : numbers[0] + "." + (numbers[1] + 1) + ".0";
  }

  /** A method that a plugin of before doesn't have, in an interface of before. */
  private static boolean asksMore(String line, SortedSet<String> added) {
    String type = line.substring(0, line.indexOf(": "));
    boolean isNew =
        added.stream()
            .anyMatch(
                other ->
                    other.startsWith(type + ": type public ") && other.contains(" interface is"));
    return line.contains(": public abstract ")
        && line.contains("(")
        && !isNew
        && !OF_THE_HOST.contains(type);
  }

  private static String text(SortedSet<String> lines) {
    return lines.stream().map(line -> "  " + line + "\n").limit(20).collect(Collectors.joining());
  }

  private static int compare(String a, String b) {
    return Arrays.compare(numbers(a), numbers(b));
  }

  private static int[] numbers(String version) {
    return Arrays.stream(version.split("\\.")).mapToInt(Integer::parseInt).toArray();
  }
}
