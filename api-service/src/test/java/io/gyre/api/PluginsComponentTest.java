package io.gyre.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.gyre.api.Api.Answer;
import io.gyre.messages.Message;
import io.gyre.model.ChangeRecord;
import io.gyre.model.PluginInfo;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plugins are shown, and rolled back by asking the runtime host. */
final class PluginsComponentTest {
  @TempDir Path directory;
  private Api api;

  @BeforeEach
  void start() throws Exception {
    api = new Api(directory);
  }

  @AfterEach
  void stop() throws Exception {
    api.close();
  }

  private void report(@Nullable String rollbackTo) {
    Instant now = Instant.now();
    PluginInfo serving =
        new PluginInfo(
            "/p/mine.jar",
            "mine",
            "2.0",
            "process",
            PluginInfo.State.SERVING,
            "abcd",
            "3f9a",
            rollbackTo,
            null,
            now);
    PluginInfo rejected =
        new PluginInfo(
            "/p/x.jar", "", "", "", PluginInfo.State.REJECTED, "", null, null, "no jar", now);
    api.observed.observed().run(tx -> tx.replacePlugins(List.of(serving, rejected)));
  }

  @Test
  void showsAllPlugins() throws Exception {
    report("1.0 (0123)");
    JsonNode items = api.get("/v1/plugins").json().path("items");
    assertThat(items.findValuesAsText("name")).containsExactly("mine", "x.jar");
    assertThat(items.findValuesAsText("state")).containsExactly("serving", "rejected");
    assertThat(items.get(0).path("signed_by").asText()).isEqualTo("3f9a");
    assertThat(items.get(0).path("rollback_to").asText()).isEqualTo("1.0 (0123)");
    assertThat(items.get(1).path("message").asText()).isEqualTo("no jar");
  }

  @Test
  void asksTheHostToRollBackAndRemembersWhoAsked() throws Exception {
    BlockingQueue<Message> heard = new LinkedBlockingQueue<>();
    api.host(heard::add);
    report("1.0 (0123)");
    for (String name : List.of("process", "mine")) {
      Answer answer = api.post("/v1/plugins/" + name + "/rollback", "");
      assertThat(answer.status()).isEqualTo(202);
      assertThat(heard.poll(10, TimeUnit.SECONDS))
          .isEqualTo(new Message.RollBackPlugin("process", "abcd", "token:admin"));
      String correlation = answer.json().path("correlation").asText();
      assertThat(answer.header("Gyre-Correlation")).isEqualTo(correlation);
      List<ChangeRecord> changes = api.observed.read().changes(null, correlation, 10);
      assertThat(changes).hasSize(1);
      assertThat(changes.getFirst().actor()).isEqualTo("token:admin");
      assertThat(changes.getFirst().detail()).isEqualTo("plugin of runtime process to 1.0 (0123)");
    }
  }

  @Test
  void saysWhyThereIsNoRollback() throws Exception {
    report(null);
    Answer none = api.post("/v1/plugins/process/rollback", "");
    assertThat(none.status()).isEqualTo(409);
    assertThat(none.code()).isEqualTo("plugin.no_earlier");
    assertThat(api.post("/v1/plugins/docker/rollback", "").status()).isEqualTo(404);
    assertThat(api.post("/v1/plugins/x.jar/rollback", "").status()).isEqualTo(404);
    assertThat(api.heard).isEmpty();
  }
}
