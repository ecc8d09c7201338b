package io.gyre.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** describe, why, status, doctor, version. */
final class ExplainCommandsTest {
  private static final String STATUS =
      """
      {"version":"0.1.0","components":[
        {"component":"api","state":"ready","pid":10,"since":"2026-11-20T17:00:00.000Z","message":null,"live":true},
        {"component":"reconciler","state":"waiting","pid":11,"since":"2026-11-20T17:59:00.000Z","message":"the database","live":true},
        {"component":"runtime","state":"ready","pid":12,"since":"2026-11-20T17:59:00.000Z","live":false},
        {"component":"supervisor","state":"absent","pid":null,"live":false}],
       "counts":{"deployments":2,"instances":3,"by_state":{"running":2,"failed":1}},"database_ok":true}
      """;

  @TempDir Path home;
  private FakeApi api;
  private CliRun cli;

  @BeforeEach
  void start() {
    api = Canned.api().on("GET /v1/status", STATUS);
    cli = new CliRun(home).api(api);
  }

  @AfterEach
  void stop() {
    api.close();
  }

  @Test
  void describesTheHost() {
    api.on(
        "GET /v1/node",
        """
        {"machine":{"memory_bytes":8589934592,"cpu_millis":2000},
         "allocatable":{"memory_bytes":7784628224},
         "requested":{"memory_bytes":4294967296,"cpu_millis":1500},
         "held":{"memory_bytes":6442450944,"cpu_millis":1750},
         "free":{"memory_bytes":3489660928},
         "largest":[{"namespace":"shop","name":"db","replicas":2,
           "each":{"memory_bytes":2147483648,"cpu_millis":750},
           "all":{"memory_bytes":4294967296,"cpu_millis":1500}}]}
        """);
    assertThat(cli.run("describe", "node").out())
        .isEqualTo(
            """
                     MACHINE   ALLOCATABLE   REQUESTED   HELD    FREE
            memory   8Gi       7.2Gi         4Gi         6Gi     3.2Gi
            cpu      2         unlimited     1.5         1750m   unlimited

            Ask for most:
              NAMESPACE   NAME   REPLICAS   MEMORY   CPU    MEMORY IN ALL
              shop        db     2          2Gi      750m   4Gi
            """);
  }

  @Test
  void describesADeployment() {
    String expected =
        """
        Name:        web
        Namespace:   default
        Phase:       creating
        Reason:      1 of 2 instances ready
        Replicas:    2 desired, 1 ready, 2 in all
        Revision:    2 (generation 3)
        Runtime:     process
        Command:     ./server --port 8080
        Created:     2026-11-20T17:00:00.000Z (60m ago)
        Changed:     2026-11-20T17:59:00.000Z (60s ago)

        Spec:
          runtime: process
          environment:
            A: "yes"

        Instances:
          NAME         STATE           READY   RESTARTS   PORTS             PID/CONTAINER   AGE
          web-7k2xq9   running         yes     0          127.0.0.1:20001   4711            3m
          web-m4np8r   crash_looping   no      4          -                 -               3m

        Events:
          AGE   LEVEL     REASON   OBJECT       MESSAGE
          5s    warning   exited   web-m4np8r   ended with code 137
        """;
    assertThat(cli.run("describe", "web").out()).isEqualTo(expected);
    assertThat(cli.run("describe", "deployment", "default/web").out()).isEqualTo(expected);
  }

  @Test
  void describesAnInstance() {
    assertThat(cli.run("describe", "inst", "web-m4np8r").out())
        .isEqualTo(
            """
            Name:        web-m4np8r
            Deployment:  default/web
            Revision:    2
            Runtime:     process
            State:       crash_looping
            Reason:      ended 4 times in a row
            Ready:       no
            Restarts:    4
            Created:     2026-11-20T17:57:00.000Z (3m ago)
            Started:     2026-11-20T17:59:50.000Z (10s ago)
            Next start:  2026-11-20T18:00:05.000Z
            Last exit:   signal 9 (code 137), 5s ago

            Last lines before it ended:
              starting
              cannot bind: port in use

            Events:
              AGE   LEVEL     REASON   OBJECT       MESSAGE
              5s    warning   exited   web-m4np8r   ended with code 137
            """);
    assertThat(cli.run("describe", "web-m4np8r", "-n", "other").exit()).isEqualTo(4);
    assertThat(cli.run("describe", "runtime", "process").exit()).isEqualTo(2);
  }

  @Test
  void describesConditionsAndWhatProbesSaw() {
    String conditions =
        """
        "conditions":[{"type":"healthy","status":"false","reason":"health_check_failing",
          "message":"answered 503","since":"2026-11-20T17:59:00.000Z","observed_generation":2}],
        """;
    api.on(
            "GET /v1/namespaces/default/deployments/web",
            Canned.WEB.replace("\"labels\"", conditions + "\"labels\""))
        .on(
            "GET /v1/instances/web-7k2xq9",
            Canned.WEB_1.replace("\"correlation\"", conditions + "\"correlation\""))
        .on(
            "GET /v1/instances/web-7k2xq9/health",
            """
            {"instance":"web-7k2xq9","restarts":3,"restart_at":"2026-11-20T18:00:09.000Z","checks":[
              {"index":0,"check":"http GET http://localhost/","role":"readiness","state":"failing",
               "since":"2026-11-20T17:59:00.000Z","updated_at":"2026-11-20T17:59:50.000Z","answers":[
                {"ok":false,"detail":"answered 503: away","first":"2026-11-20T17:58:00.000Z",
                 "last":"2026-11-20T17:59:50.000Z","times":11,"latency_ms":4},
                {"ok":true,"detail":"answered 200","first":"2026-11-20T17:57:00.000Z",
                 "last":"2026-11-20T17:58:00.000Z","times":6,"latency_ms":1}]}]}
            """);
    assertThat(cli.run("describe", "web").out())
        .contains(
            """
            Conditions:
              TYPE      STATUS   SINCE   REASON                 MESSAGE
              healthy   false    60s     health_check_failing   answered 503
            """)
        .contains(
            """
            Health checks:
              INSTANCE     CHECK                        ROLE        STATE     SINCE   LAST ANSWER
              web-7k2xq9   http GET http://localhost/   readiness   failing   60s     answered 503: away
            """);
    assertThat(cli.run("describe", "web-7k2xq9").out())
        .contains("Unhealthy:   restarted by its health checks 3 times\n")
        .contains("Restart at:  2026-11-20T18:00:09.000Z\n")
        .contains(
            """
            Health check http GET http://localhost/ (readiness, failing since 60s):
              LAST   OK    TIMES   TOOK   ANSWER
              10s    no    11      4ms    answered 503: away
              2m     yes   6       1ms    answered 200
            """);
  }

  @Test
  void whyGroupsTheStepsOfEachCause() {
    api.on(
        "GET /v1/namespaces/default/deployments/web/why",
        """
        {"subject":"default/web","chain":[
         {"at":"2026-11-20T17:40:00.100Z","source":"api","what":"request","correlation":"c-1","message":"admin asked to create default/web"},
         {"at":"2026-11-20T17:40:00.120Z","source":"reconciler","what":"plan","correlation":"c-1","message":"start 1 instance"},
         {"at":"2026-11-20T17:50:00.000Z","source":"runtime","what":"outcome","correlation":"c-2","message":"ended with code 1"},
         {"at":"2026-11-20T17:50:01.000Z","source":"runtime","what":"outcome","correlation":"c-1","message":"running"}]}
        """);
    assertThat(cli.run("why", "web").out())
        .isEqualTo(
            """
            default/web

            c-1  2026-11-20T17:40:00.100Z, 19m ago
              17:40:00.100   api          request   admin asked to create default/web
              17:40:00.120   reconciler   plan      start 1 instance
              17:50:01.000   runtime      outcome   running

            c-2  2026-11-20T17:50:00.000Z, 10m ago
              17:50:00.000   runtime   outcome   ended with code 1
            """);
    assertThat(cli.run("why", "web", "-o", "json").out()).contains("\"what\": \"plan\"");
    assertThat(cli.run("why", "nosuch").exit()).isEqualTo(4);
  }

  @Test
  void statusShowsTheComponents() {
    assertThat(cli.run("status").out())
        .isEqualTo(
            "Gyre 0.1.0 at "
                + api.address()
                + """


                COMPONENT    STATE     PID   AGE   MESSAGE
                api          ready     10    60m   -
                reconciler   waiting   11    60s   the database
                runtime      dead      -     60s   -
                supervisor   absent    -     -     -

                deployments: 2
                instances: 3
                by state: 2 running, 1 failed
                database: ok
                """);
  }

  @Test
  void versionWorksWithoutAServer() {
    assertThat(cli.run("version").out())
        .matches("gyre \\d.*\nserver 0\\.1\\.0 at http://127.0.0.1:\\d+\n");
    api.close();
    CliRun.Result result = cli.run("version");
    assertThat(result.exit()).isEqualTo(0);
    assertThat(result.out()).contains("cannot reach Gyre");
    assertThat(cli.run("version", "--client").out()).isEqualTo(cli.run("--version").out());
  }

  @Test
  void doctorNamesTheNextStep() throws IOException {
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
    api.on("GET /v1/integrity", "{\"problems\":[]}");
    CliRun.Result result = cli.with("DOCKER_HOST", "unix:///no/such.sock").run("doctor");
    assertThat(result.out())
        .contains("warn  data root     " + home, "-> chmod 700 " + home)
        .contains("ok    java")
        .contains("ok    docker        not there")
        .contains("ok    access        answers at " + api.address())
        .contains("ok    database      intact")
        .contains("ok    runtime process ready, version 0.1.0")
        .contains("ok    clock");
    assertThat(result.exit()).isEqualTo(0);
  }

  @Test
  void doctorFailsWhereGyreDoes() throws IOException {
    api.on("GET /v1/status", STATUS.replace("\"database_ok\":true", "\"database_ok\":false"));
    Files.createDirectories(home.resolve("run"));
    Files.writeString(
        home.resolve("run/runtime.json"), "{\"pid\":\"1\",\"state\":\"ready\",\"since\":\"1\"}");
    CliRun.Result result = cli.run("doctor");
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.out()).contains("fail  database", "fail  runtime       is not running");
    api.close();
    assertThat(cli.run("doctor").out()).contains("fail  access        cannot reach Gyre");
  }
}
