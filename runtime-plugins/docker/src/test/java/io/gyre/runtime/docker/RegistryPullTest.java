package io.gyre.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.RegistryAccess;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.Workload;
import io.gyre.runtime.spi.Workload.PullPolicy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images of a real registry that wants a login, through a real engine. */
final class RegistryPullTest {
  private static final String PASSWORD = "pw-4f1c9e7a";

  @TempDir Path directory;
  private TestEngine engine;
  private TestRegistry registry;
  private DockerFixture docker;
  private String digest;

  @BeforeEach
  void open() throws Exception {
    engine = TestEngine.require();
    registry = TestRegistry.start(directory.resolve("registry"), engine, "alice", PASSWORD);
    docker =
        new DockerFixture(
            directory,
            engine,
            Map.of(
                "use_host_auth",
                "testing, other",
                "host_auth_file",
                directory.resolve("host.json").toString()));
    digest = registry.push("team/app:1", "alice", PASSWORD);
  }

  @AfterEach
  void close() throws Exception {
    try (TestRegistry closing = registry) {
      if (docker != null) {
        docker.close();
      }
      if (closing != null) {
        closing.forget(closing.address() + "/team/app:1");
        closing.forget(closing.address() + "/team/app@" + digest);
      }
    }
  }

  private String image() {
    return registry.address() + "/team/app:1";
  }

  private InstanceSpec spec(String image) {
    return docker
        .kit
        .spec(
            new Workload.Container(
                image, PullPolicy.ALWAYS, List.of("sleep", "86400"), null, false))
        .stop("SIGKILL", Duration.ZERO)
        .build();
  }

  /** Pulls it as told; null: well. */
  private @Nullable RuntimeFailure pull(String image, @Nullable RegistryAccess access)
      throws Exception {
    docker.kit.registryAccess(id -> Optional.ofNullable(access));
    InstanceSpec spec = spec(image);
    var runtime = docker.runtime();
    RuntimeFailure failure = catchThrowableOfType(RuntimeFailure.class, () -> runtime.start(spec));
    if (failure != null) {
      for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
        assertThat(cause.toString()).doesNotContain(PASSWORD, base64("alice:" + PASSWORD));
      }
    } else {
      String inspected =
          engine.docker("inspect", DockerFixture.handle(docker.kit.status(spec.id())));
      assertThat(inspected).doesNotContain(PASSWORD, base64("alice:" + PASSWORD), "alice");
    }
    runtime.remove(spec.id());
    return failure;
  }

  private RuntimeFailure fails(String image, @Nullable RegistryAccess access) throws Exception {
    return Objects.requireNonNull(pull(image, access), "it was pulled");
  }

  private void refused(@Nullable RegistryAccess access, String... words) throws Exception {
    RuntimeFailure failure = fails(image(), access);
    assertThat(failure.code()).isEqualTo("image_pull_unauthorized");
    assertThat(failure.kind()).isEqualTo(RuntimeFailure.Kind.NOT_FOUND);
    assertThat(failure.getMessage()).contains(registry.address()).contains(words);
  }

  private RegistryAccess login(String password) {
    return new RegistryAccess.Login(registry.address(), "alice", password);
  }

  private RegistryAccess secret(String password) {
    return new RegistryAccess.DockerConfig("secret hub", config(registry.address(), password));
  }

  private static String config(String server, String password) {
    return "{\"auths\":{\"%s\":{\"auth\":\"%s\"}}}".formatted(server, base64("alice:" + password));
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void pullsByEachWayAndSaysWhyWhereItCant() throws Exception {
    refused(null, "without credentials");
    assertThat(pull(image(), login(PASSWORD))).isNull();
    refused(login("wrong"), "as user alice");
    assertThat(pull(image(), secret(PASSWORD))).isNull();
    refused(secret("wrong"), "with the login of secret hub, user alice");
    refused(
        new RegistryAccess.DockerConfig("secret hub", config("example.com", PASSWORD)),
        "without a login, as secret hub has none of " + registry.address());
    RuntimeFailure broken = fails(image(), new RegistryAccess.DockerConfig("secret hub", PASSWORD));
    assertThat(broken.code()).isEqualTo("registry_login_invalid");

    RegistryAccess host = new RegistryAccess.HostLogins("testing");
    refused(host, "as there is no " + directory.resolve("host.json"));
    Files.writeString(directory.resolve("host.json"), config(registry.address(), PASSWORD));
    assertThat(pull(image(), host)).isNull();
    RuntimeFailure foreign = fails(image(), new RegistryAccess.HostLogins("foreign"));
    assertThat(foreign.code()).isEqualTo("host_auth_not_allowed");
    assertThat(foreign.kind()).isEqualTo(RuntimeFailure.Kind.INVALID);
    assertThat(foreign.hint()).contains("runtime.settings.docker.use_host_auth");

    RuntimeFailure missing = fails(registry.address() + "/team/app:2", login(PASSWORD));
    assertThat(missing.code()).isEqualTo("image_not_found");
    String pinned = registry.address() + "/team/app@" + digest;
    refused(login("wrong"), "as user alice");
    assertThat(pull(pinned, login(PASSWORD))).isNull();
    assertThat(engine.docker("inspect", "-f", "{{.RepoDigests}}", pinned)).contains(digest);
  }

  @Test
  void aPasswordThatChangesCountsWithTheNextPullAndTouchesNothingThatRuns() throws Exception {
    docker.kit.registryAccess(id -> Optional.of(login(PASSWORD)));
    InstanceSpec spec = spec(image());
    InstanceStatus before = docker.runtime().start(spec);
    registry.setPassword("alice", "pw-new");
    refused(login(PASSWORD), "as user alice");
    assertThat(pull(image(), login("pw-new"))).isNull();
    docker.kit.registryAccess(
        id -> {
          throw new AssertionError("nothing is pulled for " + id);
        });
    DockerFixture.kill(docker.kit.status(spec.id()));
    docker.kit.awaitState(spec.id(), InstanceStatus.State.EXITED);
    InstanceStatus again = docker.runtime().start(spec);
    assertThat(again.handle()).isEqualTo(before.handle());
    assertThat(again.state()).isEqualTo(InstanceStatus.State.RUNNING);
  }

  @Test
  void aRegistryThatIsAwayIsToldFromOneThatRefuses() throws Exception {
    String away = image();
    registry.close();
    RuntimeFailure failure = fails(away, login(PASSWORD));
    assertThat(failure.code()).isEqualTo("image_pull_unreachable");
    assertThat(failure.getMessage()).contains("its registry doesn't answer");
  }
}
