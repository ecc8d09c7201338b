package io.gyre.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TopCommandTest {
  private static final String WEB =
      """
      {"id":"web-7k2xq9","namespace":"default","deployment":"web","revision":2,"runtime":"process",
       "state":"running","ready":true,"restarts":0,
       "usage":{"at":"2026-11-20T17:59:50.000Z","cpu_cores":0.254,"cpu_seconds_total":3.5,
                "memory_bytes":13000000}}
      """;
  private static final String DB =
      """
      {"id":"db-aaaaaa","namespace":"data","deployment":"db","revision":1,"runtime":"docker",
       "state":"running","ready":true,"restarts":12,"cpu_limit_millis":2000,
       "memory_limit_bytes":2147483648,
       "usage":{"at":"2026-11-20T17:59:50.000Z","cpu_cores":1.5,"cpu_percent":75.0,
                "cpu_seconds_total":3.5,"memory_bytes":1610612736,"memory_percent":75.0,
                "received_bytes_per_second":1229,"sent_bytes_per_second":300}}
      """;
  private static final String NEW =
      """
      {"id":"web-m4np8r","namespace":"default","deployment":"web","revision":2,"runtime":"process",
       "state":"running","ready":false,"restarts":1}
      """;
  private static final String WEB_SCALED =
      """
      {"namespace":"default","name":"web","phase":"running","replicas":4,"ready":3,"restarts":1,
       "sampled":3,"cpu_cores":0.75,"memory_bytes":512,
       "autoscale":{"min":2,"max":6,"cpu_aim_percent":70,"memory_aim_percent":80,
                    "cooldown_up_ms":30000,"cooldown_down_ms":300000,"tolerance_percent":10,
                    "cpu_percent":35,
                    "decision":{"at":"2026-11-20T17:59:00.000Z","from":2,"to":4,
                                "reason":"cpu 140% of 70% over 60 s: 2 -> 4"}}}
      """;

  @TempDir Path home;
  private FakeApi api;
  private CliRun cli;

  @BeforeEach
  void start() {
    api =
        Canned.api()
            .on("GET /v1/metrics/instances", Canned.items(NEW, WEB, DB))
            .on("GET /v1/metrics/deployments", Canned.items(WEB_SCALED))
            .on("GET /v1/metrics/instances/web-7k2xq9", "{\"current\":" + WEB + ",\"history\":[]}")
            .on(
                "GET /v1/metrics/namespaces/default/deployments/web",
                "{\"current\":" + WEB_SCALED + ",\"history\":[]}");
    cli = new CliRun(home).api(api);
  }

  @AfterEach
  void stop() {
    api.close();
  }

  @Test
  void showsInstancesWithTheMostFirst() {
    assertThat(cli.run("top"))
        .isEqualTo(
            new CliRun.Result(
                0,
                """
                NAMESPACE   NAME         CPU    CPU%   MEMORY   MEM%   NET IN/OUT   RESTARTS
                data        db-aaaaaa    1.50   75%    1.5Gi    75%    1.2Ki/300B   12
                default     web-7k2xq9   0.25   -      12Mi     -      -            0
                default     web-m4np8r   -      -      -        -      -            1
                """,
                ""));
    assertThat(api.lines()).containsExactly("GET /v1/metrics/instances?limit=500");
  }

  @Test
  void showsThemInOtherOrders() {
    assertThat(names("--sort", "memory")).isEqualTo("db-aaaaaa\nweb-7k2xq9\nweb-m4np8r\n");
    assertThat(names("--sort", "restarts")).isEqualTo("db-aaaaaa\nweb-m4np8r\nweb-7k2xq9\n");
    assertThat(names("--sort", "network")).startsWith("db-aaaaaa\n");
    assertThat(names("--sort", "name")).isEqualTo("db-aaaaaa\nweb-7k2xq9\nweb-m4np8r\n");
    assertThat(cli.run("top", "--sort", "size").exit()).isEqualTo(Exit.USAGE);
  }

  private String names(String... options) {
    String[] all = new String[options.length + 3];
    all[0] = "top";
    all[1] = "-o";
    all[2] = "name";
    System.arraycopy(options, 0, all, 3, options.length);
    return cli.run(all).out();
  }

  @Test
  void showsDeploymentsAndHowTheyAreScaled() {
    assertThat(cli.run("top", "deployments", "-n", "default").out())
        .isEqualTo(
            """
            NAMESPACE   NAME   READY   CPU    MEMORY   NET IN/OUT   RESTARTS   AUTOSCALE
            default     web    3/4     0.75   512B     -            1          2 to 6, cpu 35% of 70%, memory ? of 80%
            """);
    assertThat(api.lines())
        .containsExactly("GET /v1/metrics/deployments?namespace=default&limit=500");
  }

  @Test
  void printsJson() {
    assertThat(cli.run("top", "-o", "json").out()).startsWith("[").contains("\"cpu_cores\": 1.5");
  }

  @Test
  void saysWhatThereIsNot() {
    api.on("GET /v1/metrics/instances", Canned.items());
    assertThat(cli.run("top", "-n", "shop").err()).isEqualTo("no instances in namespace shop\n");
    api.on("GET /v1/metrics/instances", Canned.items(NEW));
    assertThat(cli.run("top").err()).contains("runtime.metrics_interval");
    CliRun.Result wrong = cli.run("top", "plugins");
    assertThat(wrong.exit()).isEqualTo(Exit.USAGE);
    assertThat(wrong.err()).contains("top shows instances or deployments");
  }

  @Test
  void describeShowsWhatIsUsed() {
    assertThat(cli.run("describe", "web-7k2xq9").out())
        .contains("Uses:        0.25 cores, 12Mi memory\n");
    assertThat(cli.run("describe", "web").out()).contains("Uses:        0.75 cores, 512B memory\n");
  }
}
