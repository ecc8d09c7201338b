package io.gyre.runtime.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.RuntimeFailure;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What can't be started says why and leaves nothing. */
interface FailureContract extends ContractFixture {
  @Test
  default void missingProgramOrImage() throws RuntimeFailure {
    InstanceSpec spec = fixture().spec(workloads().missing()).build();
    RuntimeFailure failure = fails(spec);
    Workloads.Missing expected = workloads().missingFailure();
    assertThat(failure.kind()).isEqualTo(expected.kind());
    assertThat(failure.code()).isEqualTo(expected.code());
    assertThat(failure).hasMessageContaining(expected.names());
    assertThat(fixture().runtime().list()).isEmpty();
    assertThat(fixture().processes()).isEmpty();
  }

  @Test
  default void aFailedStartCanBeRepeatedWithAGoodSpec() throws RuntimeFailure {
    InstanceSpec bad = fixture().spec(workloads().missing()).build();
    fails(bad);
    fails(bad);
    InstanceSpec good = fixture().spec(workloads().longRunning()).id(bad.id()).build();
    fixture().runtime().start(good);
    assertThat(fixture().runtime().list()).hasSize(1);
  }

  @Test
  default void aBadStopSignalIsRefused() throws RuntimeFailure {
    InstanceSpec spec =
        fixture()
            .spec(workloads().longRunning())
            .stop("SIGNONSENSE", Duration.ofSeconds(1))
            .build();
    assertThat(fails(spec).kind()).isEqualTo(RuntimeFailure.Kind.INVALID);
    assertThat(fixture().runtime().list()).isEmpty();
  }

  private RuntimeFailure fails(InstanceSpec spec) throws RuntimeFailure {
    var runtime = fixture().runtime();
    RuntimeFailure failure = catchThrowableOfType(RuntimeFailure.class, () -> runtime.start(spec));
    assertThat(failure).as("failure of starting %s", spec).isNotNull();
    assertThat(failure.getMessage()).isNotBlank();
    assertThat(failure.code()).matches("[a-z][a-z0-9_]*");
    return failure;
  }
}
