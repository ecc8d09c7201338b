package io.gyre.runtime.host.restart;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.InstanceStatus.State;
import io.gyre.runtime.spi.RestartPolicy;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RestarterTest {
  private static final String ID = "web-1";

  /** Time that passes when it is told to. */
  private static final class FakeTime extends Clock implements Timers {
    private record Due(Instant at, Runnable task) {}

    private Instant now = Instant.parse("2030-01-01T00:00:00Z");
    private final List<Due> due = new ArrayList<>();

    @Override
    public Timer after(Duration delay, Runnable task) {
      Due one = new Due(now.plus(delay), task);
      due.add(one);
      return () -> due.remove(one);
    }

    void pass(Duration time) {
      Instant end = now.plus(time);
      while (true) {
        Due next =
            due.stream()
                .filter(d -> !d.at().isAfter(end))
                .min(java.util.Comparator.comparing(Due::at))
                .orElse(null);
        if (next == null) {
          break;
        }
        due.remove(next);
        now = next.at();
        next.task().run();
      }
      now = end;
    }

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  @TempDir Path directory;
  private final FakeTime time = new FakeTime();
  private final List<Instant> starts = new ArrayList<>();
  private final List<String> changes = new ArrayList<>();
  private Restarter restarter;
  private InstanceStatus status = status(State.RUNNING, null);

  @BeforeEach
  void make() {
    restarter =
        new Restarter(
            new InstanceFiles(directory),
            time,
            time,
            new Random(1),
            id -> starts.add(time.now),
            changes::add,
            Runnable::run);
    restarter.observed(status);
  }

  private InstanceStatus status(State state, InstanceStatus.@Nullable Exit exit) {
    Instant startedAt = exit == null ? time.now : status.startedAt();
    return new InstanceStatus(
        ID, "default", "web", 1, "f", state, null, null, null, List.of(), startedAt, 0, 0, null,
        exit, null);
  }

  private void exits(int code) {
    status = status(State.EXITED, new InstanceStatus.Exit(code, time.now, List.of()));
    restarter.observed(status);
  }

  private void started() {
    status = status(State.RUNNING, null);
    restarter.startSucceeded(status);
    restarter.observed(status);
  }

  /** Runs for a while, ends, is started again; returns how long that took. */
  private Duration cycle(Duration run) {
    int before = starts.size();
    time.pass(run);
    exits(1);
    Instant end = time.now;
    time.pass(Duration.ofMinutes(2));
    assertThat(starts).hasSize(before + 1);
    Duration waited = Duration.between(end, starts.getLast());
    time.now = starts.getLast();
    started();
    return waited;
  }

  private static void near(Duration actual, Duration expected) {
    assertThat(actual.toMillis())
        .isBetween(expected.toMillis() * 9 / 10, expected.toMillis() * 11 / 10);
  }

  @Test
  void anEndThatIsSeenAgainAfterTheRestartIsNotCountedAgain() {
    time.pass(Duration.ofSeconds(1));
    exits(1);
    InstanceStatus stale = status;
    time.pass(Duration.ofMillis(10));
    started();
    InstanceStatus running = status;
    restarter.observed(stale);
    assertThat(restarter.overlay(running).restarts()).isEqualTo(1);
    restarter.startSucceeded(running);
    assertThat(restarter.overlay(running).restarts()).isEqualTo(1);
    assertThat(restarter.restarting(ID)).isFalse();
    time.pass(Duration.ofSeconds(1));
    exits(1);
    time.pass(Duration.ofSeconds(1));
    started();
    assertThat(restarter.overlay(status).restarts()).isEqualTo(2);
  }

  @Test
  void restartsAtOnceThenDoublesUpToTheCap() {
    assertThat(cycle(Duration.ofSeconds(1))).isZero();
    near(cycle(Duration.ofSeconds(1)), Duration.ofMillis(500));
    near(cycle(Duration.ofSeconds(1)), Duration.ofSeconds(1));
    near(cycle(Duration.ofSeconds(1)), Duration.ofSeconds(2));
    for (int i = 0; i < 60; i++) {
      cycle(Duration.ofSeconds(1));
    }
    near(cycle(Duration.ofSeconds(1)), Duration.ofSeconds(60));
    assertThat(restarter.overlay(status).restarts()).isEqualTo(65);
    assertThat(restarter.overlay(status).failuresInRow()).isEqualTo(65);
  }

  @Test
  void aStableRunBeginsAnew() {
    cycle(Duration.ofSeconds(1));
    cycle(Duration.ofSeconds(1));
    cycle(Duration.ofSeconds(1));
    assertThat(restarter.overlay(status).failuresInRow()).isEqualTo(3);
    time.pass(Duration.ofSeconds(10));
    assertThat(changes).contains(ID);
    assertThat(restarter.overlay(status).failuresInRow()).isZero();
    assertThat(cycle(Duration.ofSeconds(1))).isZero();
  }

  @Test
  void anEndAfterAStableRunIsNoFailure() {
    time.pass(Duration.ofHours(1));
    exits(1);
    assertThat(starts).hasSize(1);
    started();
    assertThat(restarter.overlay(status).failuresInRow()).isZero();
  }

  @Test
  void countsAnEndOnceHoweverOftenItIsReported() {
    exits(1);
    restarter.observed(status);
    restarter.observed(status);
    assertThat(starts).hasSize(1);
    assertThat(restarter.overlay(status).failuresInRow()).isEqualTo(1);
  }

  @Test
  void showsTheWaitAndTheExit() {
    cycle(Duration.ofSeconds(1));
    time.pass(Duration.ofSeconds(1));
    exits(42);
    InstanceStatus shown = restarter.overlay(status);
    assertThat(shown.state()).isEqualTo(State.BACKING_OFF);
    assertThat(shown.nextStartAt()).isAfter(time.now);
    assertThat(Objects.requireNonNull(shown.lastExit()).code()).isEqualTo(42);
    restarter.lastLines(ID, List.of("bye"));
    assertThat(Objects.requireNonNull(restarter.overlay(status).lastExit()).lastLines())
        .containsExactly("bye");
  }

  @Test
  void waitsNoHourWhereTheClockIsSetBackMeanwhile() {
    cycle(Duration.ofSeconds(1));
    time.pass(Duration.ofSeconds(1));
    exits(42);
    int before = starts.size();
    time.now = time.now.minus(Duration.ofHours(1));
    time.due.clear();
    // The next host knows the time from the file.
    make();
    time.pass(Duration.ofMinutes(2));
    assertThat(starts).hasSize(before + 1);
  }

  @Test
  void goesOnAfterFailedStarts() {
    exits(1);
    GyreException failure = new GyreException(ErrorKind.CONFLICT, "port", "port in use", null);
    for (int i = 1; i < 10; i++) {
      restarter.startFailed(ID, failure);
      assertThat(restarter.overlay(status).reason()).isEqualTo("port in use");
      time.pass(Duration.ofMinutes(2));
      assertThat(starts).hasSize(i + 1);
    }
    assertThat(restarter.overlay(status).failuresInRow()).isEqualTo(10);
  }

  @Test
  void anEngineThatIsBackEndsTheWait() {
    exits(1);
    restarter.startFailed(ID, new GyreException(ErrorKind.UNAVAILABLE, "away", "away", null));
    assertThat(starts).hasSize(1);
    restarter.engineBack(ID);
    assertThat(starts).hasSize(2);
    restarter.startFailed(ID, new GyreException(ErrorKind.CONFLICT, "port", "in use", null));
    restarter.engineBack(ID);
    assertThat(starts).hasSize(2);
  }

  @Test
  void doesNotRestartWhatIsHeldNorWhatThePolicyLeaves() {
    restarter.hold(ID);
    exits(143);
    time.pass(Duration.ofMinutes(2));
    assertThat(starts).isEmpty();
    restarter.release(ID, true);
    status = status(State.RUNNING, null);
    restarter.observed(status);
    restarter.policy(ID, RestartPolicy.NEVER);
    time.pass(Duration.ofSeconds(1));
    exits(0);
    time.pass(Duration.ofMinutes(2));
    assertThat(starts).isEmpty();
    assertThat(restarter.overlay(status).state()).isEqualTo(State.EXITED);
  }

  @Test
  void anEndWhileItIsBeingStartedIsSeenAfterwards() {
    exits(1);
    assertThat(starts).hasSize(1);
    time.pass(Duration.ofMillis(300));
    status = status(State.RUNNING, null);
    time.pass(Duration.ofMillis(10));
    exits(2);
    assertThat(starts).hasSize(1);
    restarter.startSucceeded(status);
    time.pass(Duration.ofMillis(600));
    assertThat(starts).hasSize(2);
  }

  @Test
  void textComesBackAsItWas() throws Exception {
    RestartCount count =
        new RestartCount(3, 2, 1, time.now, 137, time.now.plusMillis(5), time.now.plusSeconds(1));
    java.util.Properties values = new java.util.Properties();
    values.load(new java.io.StringReader(count.text()));
    assertThat(RestartCount.parse(values)).isEqualTo(count);
  }
}
