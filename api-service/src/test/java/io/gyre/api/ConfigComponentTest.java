package io.gyre.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.gyre.api.Api.Answer;
import io.gyre.manifest.ConfigRules;
import io.gyre.model.ConfigContent;
import io.gyre.model.ContentRef;
import io.gyre.model.DeploymentKey;
import io.gyre.model.Violation;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Configs by the API, and what their versions mean for who uses them. */
class ConfigComponentTest {
  private static final String APP = "/v1/namespaces/shop/configs/app";
  private static final String BASE = "/v1/namespaces/shop/configs/base";
  private static final DeploymentKey WEB = new DeploymentKey("shop", "web");

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

  private void useIt(String onChange) throws Exception {
    assertThat(
            api.apply(
                    """
                    deployments:
                      web:
                        namespace: shop
                        image: a
                        on_config_change: %s
                        volumes: [{type: config, source: app, key: k, destination: /k}]
                    """
                        .formatted(onChange))
                .status())
        .isEqualTo(200);
  }

  @Test
  void versionsRollTheirUsersAndComeBack() throws Exception {
    assertThat(api.put(APP, "{\"data\": {\"k\": \"one\"}}").status()).isEqualTo(201);
    useIt("roll");
    Answer second = api.put(APP, "{\"data\": {\"k\": \"two\", \"l\": \"\"}}");
    assertThat(second.json().path("rolled").path(0).asText())
        .isEqualTo("shop/web: config app: version 1 -> 2");
    assertThat(second.header("ETag")).isEqualTo("\"2\"");
    assertThat(api.put(APP, "{\"data\": {\"k\": \"two\", \"l\": \"\"}}").json().path("changed"))
        .hasToString("false");
    Answer back = api.post(APP + "/rollback", "{\"version\": 1}");
    assertThat(back.json().path("config").path("version").asInt()).isEqualTo(3);
    assertThat(back.json().path("config").path("entries").path("k").asText()).isEqualTo("one");
    assertThat(api.observed.read().deployment(WEB).orElseThrow().revision()).isEqualTo(3);
    Answer details = api.get(APP);
    assertThat(details.json().path("versions").path(0).path("used_by").toString())
        .isEqualTo("[\"shop/web:3\"]");
    assertThat(details.json().path("versions").path(0).path("hash"))
        .isEqualTo(details.json().path("versions").path(2).path("hash"));
    assertThat(details.json().path("users").path(0).path("deployment").asText()).isEqualTo("web");
  }

  @Test
  void versionsOfKeptRevisionsStayAndOthersGo() throws Exception {
    assertThat(api.put(APP, "{\"data\": {\"k\": \"1\"}}").status()).isEqualTo(201);
    useIt("roll");
    useIt("none");
    for (int i = 2; i <= 14; i++) {
      assertThat(api.put(APP, "{\"data\": {\"k\": \"%s\"}}".formatted(i)).status()).isEqualTo(200);
    }
    assertThat(api.observed.read().configVersions("shop", "app"))
        .extracting(version -> version.version())
        .containsExactly(14L, 13L, 12L, 11L, 10L, 9L, 8L, 7L, 6L, 5L, 1L);
    assertThat(api.observed.read().deployment(WEB).orElseThrow().revision()).isEqualTo(2);
    // A revision that pins nothing takes the newest; the first pins what it was made with.
    assertThat(api.observed.read().uses("shop", ContentRef.config("app")))
        .extracting(use -> use.version())
        .containsExactly(1L, 0L);
  }

  @Test
  void aConfigInUseStays() throws Exception {
    assertThat(api.put(APP, "{\"data\": {\"k\": \"one\"}}").status()).isEqualTo(201);
    useIt("roll");
    Answer refused = api.delete(APP);
    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.response().body()).contains("config.in_use", "shop/web");
    Answer lacking = api.put(APP, "{\"data\": {\"other\": \"\"}}");
    assertThat(lacking.status()).isEqualTo(409);
    assertThat(lacking.response().body()).contains("no entry \\\"k\\\"", "it has other");
    assertThat(api.observed.read().configRecord("shop", "app").orElseThrow().version())
        .isEqualTo(1);
    assertThat(api.delete("/v1/namespaces/shop/deployments/web").status()).isEqualTo(202);
    assertThat(api.delete(APP).status()).isEqualTo(204);
    assertThat(api.get(APP).status()).isEqualTo(404);
    // What the kept revision was made with is kept with it.
    assertThat(api.observed.read().configVersion("shop", "app", 1)).isPresent();
    assertThat(api.put(APP, "{\"data\": {}}").json().path("config").path("version").asInt())
        .isEqualTo(2);
  }

  @Test
  void whatRefersToAnEntryFollowsIt() throws Exception {
    assertThat(
            api.apply(
                    """
                    configs:
                      app:
                        namespace: shop
                        data: { k: "http://${config.base.host}:80/${gyre.namespace} $$x", raw: a }
                      base: { namespace: shop, data: { host: db } }
                      other: { namespace: shop, data: { k: v } }
                    deployments:
                      web:
                        namespace: shop
                        image: a
                        volumes: [{type: config, source: app, key: k, destination: /k}]
                    """)
                .status())
        .isEqualTo(200);
    assertThat(api.get(APP).json().path("config").path("entries").path("k").asText())
        .isEqualTo("http://db:80/shop $x");
    Answer changed = api.put(BASE, "{\"data\": {\"host\": \"db2\"}}");
    assertThat(changed.json().path("rolled").path(0).asText())
        .isEqualTo("shop/web: config app: version 1 -> 2");
    assertThat(api.get(APP).json().path("config").path("entries").path("k").asText())
        .isEqualTo("http://db2:80/shop $x");
    Answer plan = api.apply("configs: {base: {namespace: shop, data: {host: db3, port: \"1\"}}}");
    assertThat(plan.json().path("changes").toString())
        .contains("an entry that it refers to changes; used by shop/web")
        .contains("config app: version 2 -> 3")
        .doesNotContain("other");
    // The same texts, made otherwise: nobody is bothered.
    Answer same = api.put(APP, "{\"data\": {\"k\": \"http://db3:80/shop $x\", \"raw\": \"a\"}}");
    assertThat(same.json().path("config").path("version").asInt()).isEqualTo(3);
    assertThat(same.json().path("config").has("templates")).isFalse();
    Answer back = api.post(APP + "/rollback", "{\"version\": 1}");
    assertThat(back.json().path("config").path("entries").path("k").asText())
        .isEqualTo("http://db3:80/shop $x");
    for (Answer refused :
        List.of(api.delete(BASE), api.put(BASE, "{\"data\": {\"port\": \"\"}}"))) {
      assertThat(refused.status()).isEqualTo(409);
      assertThat(refused.response().body())
          .contains("config.referred_to", "a text of the config app", "${config.base.host}");
    }
  }

  @Test
  void referencesThatLeadNowhereAreRefusedTogether() throws Exception {
    Answer refused =
        api.apply(
            """
            configs:
              a: { data: { x: "${config.b.y}", z: "${config.a.none}" } }
              b: { data: { y: "${config.a.x}", n: "${config.no.k}" }, binary: { i: AP8= } }
              c: { data: { i: "${config.b.i}" } }
            """);
    assertThat(refused.status()).isEqualTo(422);
    assertThat(refused.json().path("violations").findValuesAsText("message"))
        .containsExactlyInAnyOrder(
            "refers to itself: ${config.a.x} -> ${config.b.y} -> ${config.a.x}",
            "${config.a.none}: the config has no such entry; it has x, z",
            "${config.no.k}: there is no config no",
            "${config.b.i} is no text");
    assertThat(refused.response().body()).contains("\"path\":\"configs.a.data.z\"", "\"line\":2");
  }

  @Test
  void filesAreSentAlongAndMayBeNoText() throws Exception {
    String manifest =
        "configs: {app: {namespace: shop, files: {icon: i.png, conf: app.conf}}}\n"
            + "deployments: {web: {namespace: shop, image: a,"
            + " environment: {I: {configRef: {name: app, key: icon}}}}}";
    String attached = "{\"i.png\": \"AP8\", \"app.conf\": \"YSAkSE9NRQ==\"}";
    Answer refused = api.applyFile(manifest, attached);
    assertThat(refused.status()).isEqualTo(422);
    assertThat(refused.response().body()).contains("no text; mount it as a file");
    String alone = manifest.lines().findFirst().orElseThrow();
    assertThat(api.applyFile(alone, "{\"i.png\": \"AP8=\"}").response().body())
        .contains("config.files.not_sent", "app.conf");
    assertThat(api.applyFile(alone, attached).status()).isEqualTo(200);
    JsonNode config = api.get(APP).json().path("config");
    assertThat(config.path("entries").toString()).isEqualTo("{\"conf\":\"a $HOME\"}");
    assertThat(config.path("binary").toString()).isEqualTo("{\"icon\":\"AP8=\"}");
    assertThat(
            api.put(APP, "{\"data\": {\"conf\": \"a $HOME\"}, \"binary\": {\"icon\": \"AP8\"}}")
                .json()
                .path("changed")
                .asBoolean())
        .isFalse();
    assertThat(
            api.put(APP, "{\"data\": {\"i\": \"\"}, \"binary\": {\"i\": \"\", \"j\": \"%\"}}")
                .json()
                .path("violations"))
        .hasSize(2);
  }

  @Test
  void wrongInputIsRefused() throws Exception {
    assertThat(api.put(APP, "{\"data\": {\"a/b\": \"\", \"..\": \"\"}}").json().path("violations"))
        .hasSize(2);
    assertThat(api.put(APP, "{}").code()).isEqualTo("config.data.required");
    assertThat(ConfigRules.check(ConfigContent.of(Map.of("k", "x".repeat(1 << 20)))))
        .extracting(Violation::code)
        .containsExactly("config.data.too_large");
    Answer missing =
        api.apply(
            """
            deployments:
              web:
                image: a
                environment: {A: {configRef: {name: none, key: k}}, B: {configRef: none}}
                envFrom: [{config: none}]
                volumes: [{type: config, source: none, destination: /etc/none}]
            """);
    assertThat(missing.status()).isEqualTo(422);
    assertThat(missing.json().path("violations")).hasSize(4);
  }
}
