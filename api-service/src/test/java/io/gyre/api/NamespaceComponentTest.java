package io.gyre.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.api.Api.Answer;
import io.gyre.messages.Message;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DesiredDeployment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Volumes, and the end of namespaces with all that is in them. */
class NamespaceComponentTest {
  private static final DeploymentKey WEB = new DeploymentKey("shop", "web");
  private static final String MANIFEST =
      """
      configs: {app: {namespace: shop, data: {k: v}}}
      deployments:
        web:
          namespace: shop
          image: a
          volumes: [{type: volume, source: data, destination: /data, retain: %s}]
      """;

  @TempDir Path root;
  private Api api;

  @BeforeEach
  void start() throws Exception {
    api = new Api(root);
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private Answer secret(String name) throws Exception {
    return api.post(
        "/v1/namespaces/shop/secrets",
        "{\"name\":\"%s\",\"entries\":{\"k\":\"dg==\"}}".formatted(name));
  }

  private void runtimeHas(String... volumes) {
    api.observed.observed().run(tx -> tx.replaceVolumes("docker", List.of(volumes)));
    api.reconciler.publish(new Message.StateChanged(0), "", "");
  }

  /** As the reconciler says it once all instances are gone. */
  private void webIsGone() throws Exception {
    Api.await(
        () -> api.observed.read().deployment(WEB).filter(DesiredDeployment::deleted).isPresent(),
        "web is to go");
    DesiredDeployment gone = api.observed.read().deployment(WEB).orElseThrow();
    api.reconciler.publish(
        new Message.DeploymentRemoved(WEB, gone.uid(), gone.generation()), "", "");
  }

  private void awaitAskedToRemove(String name) throws Exception {
    Api.await(
        () -> api.heard.contains(new Message.RemoveVolume("shop", name)), "removal of " + name);
  }

  @Test
  void aNamespaceGoesWithAllThatIsInIt() throws Exception {
    assertThat(api.apply(MANIFEST.formatted("true")).status()).isEqualTo(200);
    assertThat(secret("key").status()).isEqualTo(201);
    runtimeHas("shop/data", "other/data");
    Answer refused = api.delete("/v1/namespaces/shop");
    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.response().body())
        .contains("deployments web; configs app; volumes data; secrets key", "--cascade");
    assertThat(api.get("/v1/namespaces/shop").json().path("volumes").path(0).asText())
        .isEqualTo("data");

    assertThat(api.delete("/v1/namespaces/shop?cascade=true").status()).isEqualTo(202);
    assertThat(api.apply(MANIFEST.formatted("true")).code()).isEqualTo("namespace.deleting");
    assertThat(api.put("/v1/namespaces/shop/configs/new", "{\"data\": {}}").code())
        .isEqualTo("namespace.deleting");
    assertThat(secret("new").code()).isEqualTo("namespace.deleting");
    webIsGone();
    awaitAskedToRemove("data");
    assertThat(api.get("/v1/namespaces/shop").json().path("deleting").asBoolean()).isTrue();
    runtimeHas("other/data");
    Api.await(
        () ->
            api.observed.read().namespaces().stream().noneMatch(each -> each.name().equals("shop")),
        "the namespace is gone");
    assertThat(api.observed.read().configVersion("shop", "app", 1)).isEmpty();
    assertThat(api.get("/v1/secrets?namespace=shop").json().path("items")).isEmpty();
    assertThat(api.apply(MANIFEST.formatted("true")).status()).isEqualTo(200);
  }

  /** Killed after what it had committed, before it told of it. */
  @Test
  void theEndOfANamespaceGoesOnAfterAKill() throws Exception {
    assertThat(api.apply(MANIFEST.formatted("true")).status()).isEqualTo(200);
    assertThat(secret("key").status()).isEqualTo(201);
    assertThat(api.apply("configs: {c: {namespace: other, data: {}}}").status()).isEqualTo(200);
    runtimeHas("shop/data", "other/old");
    assertThat(api.delete("/v1/namespaces/shop?cascade=true").status()).isEqualTo(202);
    assertThat(api.delete("/v1/namespaces/other/volumes/old").status()).isEqualTo(202);
    api.close();
    Path failpoints = Files.createDirectories(root.resolve("failpoints"));
    Files.writeString(failpoints.resolve("api.namespace.step"), "kill");
    Path log = root.resolve("log");
    assertThat(
            ApiProcess.run(
                root.resolve("h"), failpoints, root.resolve("classes"), log, "namespaces: {x: }"))
        .as(Files.readString(log))
        .isEqualTo(137);

    api = new Api(root);
    assertThat(api.get("/v1/namespaces/shop").json().path("secrets").toString())
        .isEqualTo("[\"key\"]");
    assertThat(api.get("/v1/namespaces/shop").json().path("deployments")).isEmpty();
    awaitAskedToRemove("data");
    Api.await(
        () -> api.heard.contains(new Message.RemoveVolume("other", "old")),
        "what nobody was told of is told after a start");
    runtimeHas();
    Api.await(() -> get("/v1/namespaces/shop") == 404, "the namespace is gone");
    assertThat(api.get("/v1/secrets?namespace=shop").json().path("items")).isEmpty();
  }

  private int get(String path) {
    try {
      return api.get(path).status();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aVolumeInUseStaysAndOneThatIsNotRetainedGoes() throws Exception {
    assertThat(api.apply(MANIFEST.formatted("false")).status()).isEqualTo(200);
    runtimeHas("shop/data", "shop/old");
    Answer refused = api.delete("/v1/namespaces/shop/volumes/data");
    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.response().body()).contains("volume.in_use", "shop/web");
    assertThat(api.delete("/v1/namespaces/shop/volumes/none").status()).isEqualTo(404);
    assertThat(api.delete("/v1/namespaces/shop/volumes/old").status()).isEqualTo(202);
    awaitAskedToRemove("old");
    assertThat(api.get("/v1/volumes?namespace=shop").json().path("items").toString())
        .contains("\"name\":\"old\",\"runtime\":\"docker\",\"used_by\":[],\"removing\":true")
        .contains("\"used_by\":[\"shop/web\"],\"removing\":false");
    assertThat(api.delete("/v1/namespaces/shop/deployments/web").status()).isEqualTo(202);
    webIsGone();
    awaitAskedToRemove("data");
  }
}
