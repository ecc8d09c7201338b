package io.gyre.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.model.Condition;
import io.gyre.model.DeploymentPhase;
import io.gyre.model.Halt;
import io.gyre.model.InstanceState;
import io.gyre.model.PluginChange;
import io.gyre.model.RolloutRecord;
import io.gyre.model.RuntimeInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/status.md explains every word that Gyre says of how things stand. */
final class StatusGuideTest {
  private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");

  /** All reasons have this shape, and hardly anything else in the reconciler has. */
  private static final Pattern WORDS = Pattern.compile("\"([a-z]+(?:_[a-z]+)+)\"");

  private final Path root = Path.of(System.getProperty("gyre.root"));

  private Set<String> explained() throws IOException {
    Set<String> words = new TreeSet<>();
    QUOTED
        .matcher(Files.readString(root.resolve("docs/status.md")))
        .results()
        .forEach(word -> words.add(word.group(1)));
    return words;
  }

  @Test
  void explainsEveryPhaseStateAndCondition() throws IOException {
    Set<String> all = new TreeSet<>();
    for (DeploymentPhase phase : DeploymentPhase.values()) {
      all.add(phase.id());
      all.add("deployment_" + phase.id());
    }
    for (InstanceState state : InstanceState.values()) {
      all.add(state.id());
    }
    for (Condition.Type type : Condition.Type.values()) {
      all.add(type.id());
    }
    for (Condition.Status status : Condition.Status.values()) {
      all.add(status.id());
    }
    for (PluginChange change : PluginChange.values()) {
      all.add("plugin_" + change.name().toLowerCase(Locale.ROOT));
    }
    for (RuntimeInfo.State state : RuntimeInfo.State.values()) {
      all.add("runtime_" + state.name().toLowerCase(Locale.ROOT));
    }
    all.add(Halt.ASKED);
    all.add(Halt.HEALTH_CHECK);
    assertThat(explained()).containsAll(all);
    assertThat(Files.readString(root.resolve("docs/rollouts.md")))
        .contains(
            Stream.of(RolloutRecord.State.values()).map(state -> "`" + state.id() + "`").toList());
  }

  @Test
  void explainsEveryReasonThatTheReconcilerGives() throws IOException {
    Set<String> reasons = new TreeSet<>();
    Path sources = root.resolve("reconciler-service/src/main/java");
    try (Stream<Path> files = Files.walk(sources)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".java")).toList()) {
        WORDS
            .matcher(Files.readString(file))
            .results()
            .map((MatchResult word) -> word.group(1))
            .forEach(reasons::add);
      }
    }
    assertThat(reasons).contains("health_check_stop", "instance_started", "all_well");
    assertThat(explained()).containsAll(reasons);
  }
}
