package io.gyre.runtime.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.messages.Message;
import io.gyre.messages.Message.UsageReported;
import io.gyre.messages.MessageCodec;
import io.gyre.model.DeploymentKey;
import io.gyre.model.InstanceId;
import io.gyre.model.UsageSample;
import io.gyre.runtime.spi.InstanceStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What instances use is asked for in one call, and told. */
final class UsageComponentTest {
  @TempDir Path directory;
  HostFixture gyre;

  @BeforeEach
  void start() throws IOException {
    gyre = new HostFixture(directory);
    new FakeJar("fake", "1.0").with("stats", "true").writeTo(gyre.shipped.resolve("fake.jar"));
    Files.writeString(gyre.home.configFile(), "runtime: { metrics_interval: 1s }\n");
  }

  @AfterEach
  void stop() {
    gyre.close();
  }

  private List<UsageReported> reports(String runtime) {
    return gyre.all(UsageReported.class).stream()
        .filter(report -> report.runtime().equals(runtime))
        .toList();
  }

  @Test
  void whatAllInstancesUseIsToldAgainAndAgain() {
    gyre.withStore().launchReady();
    InstanceId one = gyre.running("web-1");
    InstanceId two = gyre.running("web-2");
    gyre.awaitMessage(UsageReported.class, report -> report.samples().size() == 2);
    UsageReported report = reports("fake").getLast();
    assertThat(report.last()).isTrue();
    assertThat(report.samples())
        .extracting(UsageSample::instance)
        .containsExactlyInAnyOrder(one, two);
    assertThat(report.samples())
        .allSatisfy(
            sample -> {
              assertThat(sample.cpuNanos()).isEqualTo(1_000_000_000);
              assertThat(sample.memoryBytes()).isEqualTo(4096);
              assertThat(sample.origin()).isEqualTo(7);
              assertThat(sample.receivedBytes()).isEqualTo(1);
              assertThat(sample.sentBytes()).isNull();
            });
    assertThat(gyre.calls("usage", "2")).as("one call for both").isNotEmpty();

    gyre.script("usage", "fail ENGINE");
    int told = reports("fake").size();
    int asked = gyre.calls("usage", "2").size();
    Await.until(() -> gyre.calls("usage", "2").size() >= asked + 2, () -> "it is asked again");
    gyre.unscript("usage");
    Await.until(() -> reports("fake").size() > told, () -> "and told, once there is an answer");
  }

  /** A plugin of before there was such an ability serves as it did. */
  @Test
  void aRuntimeThatDoesNotAnnounceItIsNotAsked() throws IOException {
    new FakeJar("old", "1.0").writeTo(gyre.shipped.resolve("old.jar"));
    gyre.withStore();
    DeploymentKey other = new DeploymentKey("default", "other");
    gyre.deploy(other, "old", List.of());
    gyre.launchReady();
    InstanceId old = gyre.decide("other-1", other, "old");
    gyre.start(old, other);
    gyre.awaitDone(old);
    gyre.running("web-1");
    Await.until(() -> reports("fake").size() >= 2, () -> "rounds");
    assertThat(reports("old")).isEmpty();
    assertThat(gyre.calls("old", "usage", "1")).isEmpty();
  }

  @Test
  void manyInstancesComeInSeveralMessages() throws IOException {
    Path instances = Files.createDirectories(gyre.fake("fake").resolve("instances"));
    for (int i = 0; i < 2 * UsageReported.MOST_SAMPLES + 1; i++) {
      Files.writeString(
          instances.resolve("web-with-a-rather-long-name-of-a-deployment-" + i),
          """
          namespace=default
          deployment=web-with-a-rather-long-name-of-a-deployment
          revision=1
          fingerprint=f
          state=%s
          started_at=2026-11-20T00:00:00Z
          """
              .formatted(InstanceStatus.State.RUNNING));
    }
    gyre.withStore().launchReady();
    gyre.awaitMessage(UsageReported.class, UsageReported::last);
    UsageReported last =
        reports("fake").stream().filter(UsageReported::last).findFirst().orElseThrow();
    List<UsageReported> round =
        reports("fake").stream().filter(each -> each.round().equals(last.round())).toList();
    assertThat(round).extracting(UsageReported::last).containsExactly(false, false, true);
    Set<InstanceId> all =
        round.stream()
            .flatMap(each -> each.samples().stream())
            .map(UsageSample::instance)
            .collect(Collectors.toSet());
    assertThat(all).hasSize(2 * UsageReported.MOST_SAMPLES + 1);
    for (HostFixture.Heard heard : gyre.heard) {
      if (heard.message() instanceof Message.UsageReported) {
        assertThat(MessageCodec.encode(heard.envelope(), heard.message()).length)
            .isLessThan(64 << 10);
      }
    }
  }
}
