package io.gyre.runtime.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.messages.Message;
import io.gyre.model.DeploymentKey;
import io.gyre.model.InstanceId;
import io.gyre.model.RegistryAuth;
import io.gyre.store.SealedName;
import io.gyre.store.SealedRecord;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who pulls an image, as a plugin is told when it pulls. */
final class PullComponentTest {
  private static final RegistryAuth.Login LOGIN =
      new RegistryAuth.Login("r.example.com", "alice", null, null);

  @TempDir Path directory;
  private HostFixture gyre;
  private int made;

  @BeforeEach
  void start() throws Exception {
    gyre = new HostFixture(directory);
    new FakeJar("fake", "1.0").writeTo(gyre.shipped.resolve("fake.jar"));
    gyre.withStore().withKeys().launchReady();
  }

  @AfterEach
  void stop() {
    gyre.close();
  }

  private void password(DeploymentKey key, String password) {
    SealedName name = SealedName.registryPassword(key, LOGIN);
    SealedRecord record = gyre.sealed(name, password.getBytes(StandardCharsets.UTF_8));
    gyre.apiStore().desired().run(tx -> tx.secrets().putSealed(record));
  }

  /** Starts another instance; returns what its plugin was told. */
  private String pull(DeploymentKey key) throws Exception {
    InstanceId id = gyre.decide("i-" + ++made, key, "fake");
    gyre.start(id, key);
    gyre.awaitDone(id);
    Path told = gyre.home.runtimeState("fake").resolve("access-" + id);
    return Files.exists(told) ? Files.readString(told) : "nobody";
  }

  private Message.CommandFailed fails(DeploymentKey key) {
    InstanceId id = gyre.decide("i-" + ++made, key, "fake");
    gyre.start(id, key);
    return gyre.awaitFailed(id);
  }

  private DeploymentKey deployed(String name, RegistryAuth auth) {
    DeploymentKey key = new DeploymentKey("default", name);
    gyre.deployPrivate(key, auth);
    return key;
  }

  @Test
  void eachPullIsToldWhatIsNewest() throws Exception {
    assertThat(pull(HostFixture.WEB)).isEqualTo("nobody");
    assertThat(pull(deployed("host", new RegistryAuth.HostLogin()))).startsWith("host default;");

    DeploymentKey login = deployed("login", LOGIN);
    password(login, "pw-1");
    assertThat(pull(login))
        .isEqualTo("r.example.com alice pw-1; Login[server=r.example.com, username=alice]");
    password(login, "pw-2");
    assertThat(pull(login)).startsWith("r.example.com alice pw-2;");

    gyre.secret("hub", "password", "pw-3\n", ".dockerconfigjson", "{}");
    assertThat(
            pull(
                deployed(
                    "entry", new RegistryAuth.Login("r.example.com", "bob", "hub", "password"))))
        .startsWith("r.example.com bob pw-3;");
    DeploymentKey config = deployed("config", new RegistryAuth.PullSecret("hub"));
    assertThat(pull(config)).isEqualTo("secret hub {}; DockerConfig[source=secret hub]");
    gyre.secret("hub", "only", "{\"auths\":{}}");
    assertThat(pull(config)).startsWith("secret hub {\"auths\":{}};");
  }

  @Test
  void whatIsMissingIsSaidAndTriedAgain() throws Exception {
    DeploymentKey login = deployed("login", LOGIN);
    Message.CommandFailed noPassword = fails(login);
    assertThat(noPassword.code()).isEqualTo("registry_password_not_found");
    assertThat(noPassword.retryable()).isTrue();
    assertThat(noPassword.message()).contains("no password of alice at r.example.com");

    DeploymentKey config = deployed("config", new RegistryAuth.PullSecret("hub"));
    assertThat(fails(config).code()).isEqualTo("secret_not_found");
    gyre.secret("hub", "a", "{}", "b", "{}");
    assertThat(fails(config).code()).isEqualTo("secret_entry_not_found");

    // Sealed for another deployment, it doesn't open.
    password(new DeploymentKey("default", "other"), "pw-1");
    SealedRecord foreign =
        gyre.apiStore()
            .secrets(
                state ->
                    state.sealed(
                        SealedName.registryPassword(new DeploymentKey("default", "other"), LOGIN)))
            .orElseThrow();
    gyre.apiStore()
        .desired()
        .run(
            tx ->
                tx.secrets()
                    .putSealed(
                        new SealedRecord(
                            SealedName.registryPassword(login, LOGIN),
                            foreign.sealed(),
                            foreign.keyId())));
    assertThat(fails(login).code()).isEqualTo("secrets_broken");
  }
}
