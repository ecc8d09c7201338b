package io.gyre.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a manifest to the database and back. */
class ExportComponentTest {
  @TempDir Path directory;

  @Test
  void whatIsExportedIsUnchangedWhenApplied() throws Exception {
    try (Api api = new Api(directory)) {
      Api.Answer applied =
          api.apply(
              """
              namespaces:
                shop: { quota: { instances: 20 } }
                empty:
              configs:
                page: { namespace: shop, data: { a.html: "costs $$5\\n$$HOME" } }
                site:
                  namespace: shop
                  data: { url: "${config.page.a.html}/$$x", plain: "$$y" }
                  binary: { icon: AP8= }
              deployments:
                db:
                  namespace: shop
                  image: postgres:16
                  volumes: [{ type: volume, source: data, destination: /data }]
                web:
                  namespace: shop
                  process: { command: "exec ./web $PORT $$HOME", stop_grace: 1s }
                  resources: { requests: { cpu: 100m } }
                  autoscale: { max: 4, cpu: 70% }
                  depends_on: { db: { condition: started } }
                nightly:
                  kind: job
                  process: { command: [./report, "--day"] }
                  job: { retries: 1 }
                  schedule: "@daily"
                here: { process: { command: "true" }, replicas: 3 }
              """);
      assertThat(applied.status()).as(applied.response().body()).isEqualTo(200);
      List<String> manifests = new ArrayList<>();
      for (JsonNode item : api.get("/v1/export").json().path("items")) {
        manifests.add(item.path("manifest").asText());
      }
      assertThat(manifests).hasSize(3);
      JsonNode again = api.apply(String.join("---\n", manifests)).json().path("changes");
      assertThat(again).hasSizeGreaterThan(6);
      for (JsonNode change : again) {
        assertThat(change.path("action").asText()).as(change.toString()).isEqualTo("unchanged");
      }
      assertThat(api.get("/v1/export?namespace=nowhere").status()).isEqualTo(404);
    }
  }
}
