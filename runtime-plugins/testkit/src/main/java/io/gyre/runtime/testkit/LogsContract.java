package io.gyre.runtime.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gyre.runtime.spi.Capability;
import io.gyre.runtime.spi.InstanceLogs;
import io.gyre.runtime.spi.InstanceLogs.LogLine;
import io.gyre.runtime.spi.InstanceLogs.LogQuery;
import io.gyre.runtime.spi.InstanceLogs.Source;
import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.ResumableLogs;
import io.gyre.runtime.spi.RuntimeFailure;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What instances print is kept and can be followed. */
interface LogsContract extends ContractFixture {
  LogQuery EVERYTHING = new LogQuery(-1, null, false);

  @Test
  default void keepsLinesInOrder() throws RuntimeFailure {
    if (!fixture().can(Capability.LOGS)) {
      return;
    }
    InstanceSpec spec = fixture().spec(workloads().printsLines(50)).build();
    fixture().runtime().start(spec);
    awaitLines(fixture(), spec.id(), List.of("line 50"));
    List<String> all = texts(fixture(), spec.id());
    assertThat(all).hasSize(50).startsWith("line 1", "line 2").endsWith("line 50");
    assertThat(read(spec.id(), new LogQuery(3, null, false)).texts())
        .containsExactly("line 48", "line 49", "line 50");
    assertThat(read(spec.id(), new LogQuery(0, null, false)).texts()).isEmpty();
    assertThat(read(spec.id(), new LogQuery(1000, null, false)).texts()).isEqualTo(all);
  }

  @Test
  default void tellsTheOutputsApart() throws RuntimeFailure {
    if (!fixture().can(Capability.LOGS)) {
      return;
    }
    InstanceSpec spec =
        fixture().spec(workloads().printsThenSleeps("echo to-out; echo to-err >&2")).build();
    fixture().runtime().start(spec);
    awaitLines(fixture(), spec.id(), List.of("to-out", "to-err"));
    for (LogLine line : read(spec.id(), EVERYTHING).lines()) {
      assertThat(line.source())
          .isEqualTo(line.text().equals("to-err") ? Source.STDERR : Source.STDOUT);
    }
  }

  @Test
  default void sinceLeavesOutWhatIsOlder() throws RuntimeFailure {
    if (!fixture().can(Capability.LOGS)) {
      return;
    }
    Instant before = Instant.now().minusSeconds(60);
    InstanceSpec spec = fixture().spec(workloads().printsLines(5)).build();
    fixture().runtime().start(spec);
    awaitLines(fixture(), spec.id(), List.of("line 5"));
    assertThat(read(spec.id(), new LogQuery(-1, before, false)).texts()).hasSize(5);
    Instant future = Instant.now().plusSeconds(3600);
    assertThat(read(spec.id(), new LogQuery(-1, future, false)).texts()).isEmpty();
  }

  @Test
  default void followSeesNewLinesUntilTheSinkHasEnough() throws Exception {
    if (!fixture().can(Capability.LOGS)) {
      return;
    }
    InstanceSpec spec = fixture().spec(workloads().printsForEver()).build();
    fixture().runtime().start(spec);
    awaitLines(fixture(), spec.id(), List.of("tick 1"));
    Following following = new Following(logs(), spec.id(), new LogQuery(0, null, true));
    Await.until(() -> following.texts().size() >= 5, () -> "5 followed lines; " + following);
    following.enough();
    following.awaitEnd(Duration.ofSeconds(5));
    List<Integer> ticks =
        following.texts().stream().map(line -> Integer.parseInt(line.substring(5))).toList();
    for (int i = 1; i < ticks.size(); i++) {
      assertThat(ticks.get(i))
          .as("no line lost or doubled in %s", ticks)
          .isEqualTo(ticks.get(i - 1) + 1);
    }
  }

  @Test
  default void followEndsWhenASinkIsNotOpen() throws Exception {
    if (!fixture().can(Capability.LOGS)) {
      return;
    }
    InstanceSpec spec = fixture().spec(workloads().longRunning()).build();
    fixture().runtime().start(spec);
    Following following = new Following(logs(), spec.id(), new LogQuery(-1, null, true));
    following.enough();
    following.awaitEnd(Duration.ofSeconds(5));
  }

  @Test
  default void followEndsWithTheInstance() throws Exception {
    if (!fixture().can(Capability.LOGS)) {
      return;
    }
    InstanceSpec spec = fixture().spec(workloads().printsLines(3)).build();
    fixture().runtime().start(spec);
    Following following = new Following(logs(), spec.id(), new LogQuery(-1, null, true));
    Await.until(() -> following.texts().contains("line 3"), () -> "line 3; " + following);
    fixture().runtime().remove(spec.id());
    following.awaitEnd(Duration.ofSeconds(5));
  }

  @Test
  default void areKeptOverStopAndStart() throws RuntimeFailure {
    if (!fixture().can(Capability.LOGS)) {
      return;
    }
    InstanceSpec spec = fixture().spec(workloads().printsLines(2)).build();
    fixture().runtime().start(spec);
    awaitLines(fixture(), spec.id(), List.of("line 2"));
    fixture().runtime().stop(spec.id());
    assertThat(texts(fixture(), spec.id())).contains("line 1", "line 2");
    fixture().reopen();
    fixture().runtime().start(spec);
    Await.until(
        () -> texts(fixture(), spec.id()).equals(List.of("line 1", "line 2", "line 1", "line 2")),
        () -> "lines of both runs; " + quietTexts(spec.id()));
  }

  /** Where the ability is there; it needs no capability. */
  @Test
  default void aFollowGoesOnInTheNextGenerationWhereItStopped() throws Exception {
    Optional<ResumableLogs> first = fixture().runtime().ability(ResumableLogs.class);
    if (first.isEmpty()) {
      return;
    }
    InstanceSpec spec = fixture().spec(workloads().printsForEver()).build();
    fixture().runtime().start(spec);
    CollectedLines before = CollectedLines.most(5);
    first.get().read(spec.id(), new LogQuery(-1, null, true), before);
    fixture().reopen();
    CollectedLines after = CollectedLines.most(5);
    ResumableLogs next = fixture().ability(ResumableLogs.class);
    next.resume(spec.id(), before.position(), after);
    List<String> all = new ArrayList<>(before.texts());
    all.addAll(after.texts());
    for (int i = 0; i < all.size(); i++) {
      assertThat(all.get(i)).as("line %s of %s", i, all).isEqualTo("tick " + (i + 1));
    }
    RuntimeFailure failure =
        catchThrowableOfType(
            RuntimeFailure.class,
            () -> next.resume(spec.id(), "no position", new CollectedLines()));
    assertThat(failure).isNotNull();
    assertThat(failure.kind()).isEqualTo(RuntimeFailure.Kind.INVALID);
  }

  @Test
  default void ofAnUnknownInstanceAreNotFound() throws RuntimeFailure {
    if (!fixture().can(Capability.LOGS)) {
      return;
    }
    InstanceLogs logs = logs();
    RuntimeFailure failure =
        catchThrowableOfType(
            RuntimeFailure.class, () -> logs.read("nobody-1", EVERYTHING, new CollectedLines()));
    assertThat(failure).isNotNull();
    assertThat(failure.kind()).isEqualTo(RuntimeFailure.Kind.NOT_FOUND);
  }

  private InstanceLogs logs() throws RuntimeFailure {
    return fixture().ability(InstanceLogs.class);
  }

  private CollectedLines read(String id, LogQuery query) throws RuntimeFailure {
    CollectedLines lines = new CollectedLines();
    logs().read(id, query, lines);
    return lines;
  }

  private String quietTexts(String id) {
    try {
      return texts(fixture(), id).toString();
    } catch (RuntimeFailure e) {
      return e.toString();
    }
  }

  static List<String> texts(RuntimeFixture fixture, String id) throws RuntimeFailure {
    CollectedLines lines = new CollectedLines();
    fixture.ability(InstanceLogs.class).read(id, EVERYTHING, lines);
    return lines.texts();
  }

  static void awaitLines(RuntimeFixture fixture, String id, List<String> expected) {
    CollectedLines seen = new CollectedLines();
    Await.until(
        () -> {
          List<String> texts = texts(fixture, id);
          seen.replace(texts);
          return texts.containsAll(expected);
        },
        () -> "the lines " + expected + " of " + id + "; it printed " + seen.texts());
  }
}
