package io.gyre.runtime.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.messages.Message;
import io.gyre.model.DeploymentKey;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceObservation;
import io.gyre.model.ObservedState;
import io.gyre.model.WorkloadKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Instances of jobs run once, whatever becomes of the host. */
final class JobComponentTest {
  private static final DeploymentKey JOB = new DeploymentKey("default", "job");

  @TempDir Path directory;
  HostFixture gyre;
  InstanceId id;

  @BeforeEach
  void start() throws IOException {
    gyre = new HostFixture(directory);
    new FakeJar("fake", "1.0").writeTo(gyre.shipped.resolve("fake.jar"));
    gyre.withStore();
    gyre.deploy(JOB, "fake", WorkloadKind.JOB, List.of());
    gyre.launchReady();
    id = gyre.decide("job-1", JOB, "fake");
    gyre.start(id, JOB);
    gyre.awaitDone(id);
  }

  @AfterEach
  void stop() {
    gyre.close();
  }

  private void onlyOneStart() {
    // Handled in order: once this one runs, whatever was to come for the job has come.
    gyre.running("web-last");
    assertThat(gyre.calls("start", "job-1")).hasSize(1);
  }

  @Test
  void whatEndedIsNotRestartedAlsoNotByTheNextHost() {
    gyre.exit(id, 0);
    gyre.awaitState(id, ObservedState.EXITED);
    gyre.stopHost();
    gyre.heard.clear();
    gyre.launchReady();
    InstanceObservation seen =
        gyre.await(id, o -> o.state() == ObservedState.EXITED, "still ended");
    assertThat(seen.restarts()).isZero();
    onlyOneStart();
  }

  @Test
  void whatEndsWhileNoHostIsThereIsToldOnce() {
    gyre.stopHost();
    gyre.exit(id, 3);
    gyre.heard.clear();
    gyre.launchReady();
    InstanceObservation seen = gyre.await(id, o -> o.lastExit() != null, "its exit");
    assertThat(seen.state()).isEqualTo(ObservedState.EXITED);
    onlyOneStart();
  }

  @Test
  void aStartThatIsCommandedAgainFindsItDone() {
    gyre.exit(id, 0);
    gyre.awaitState(id, ObservedState.EXITED);
    gyre.heard.clear();
    gyre.start(id, JOB);
    gyre.awaitDone(id);
    gyre.stopHost();
    gyre.launchReady();
    gyre.heard.clear();
    gyre.start(id, JOB);
    gyre.awaitDone(id);
    onlyOneStart();
  }

  @Test
  void whatIsStoppedStaysWithItsExit() {
    gyre.heard.clear();
    gyre.stop(id, JOB);
    gyre.awaitDone(id);
    gyre.awaitState(id, ObservedState.STOPPED);
    gyre.stop(id, JOB);
    assertThat(gyre.all(Message.InstanceGone.class)).isEmpty();
    onlyOneStart();
    InstanceId unknown = gyre.decide("job-2", JOB, "fake");
    gyre.stop(unknown, JOB);
    gyre.awaitState(unknown, ObservedState.STOPPED);
  }
}
