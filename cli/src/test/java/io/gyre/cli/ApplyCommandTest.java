package io.gyre.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** apply and plan. */
final class ApplyCommandTest {
  private static final String ANSWER =
      """
      {"correlation":"c-1","dry_run":false,"changes":[
       {"kind":"namespace","name":"data","action":"create"},
       {"kind":"deployment","namespace":"default","name":"web","action":"create","revision":1,
        "replicas":{"from":0,"to":2},"generation":1,"fields":[{"path":"runtime","from":null,"to":"process"}]},
       {"kind":"deployment","namespace":"default","name":"api","action":"update","revision":2,
        "replicas":{"from":1,"to":1},"strategy":"rolling","reason":"no host port","generation":2,
        "fields":[{"path":"container.image","from":"a:1","to":"a:2"}]},
       {"kind":"deployment","namespace":"data","name":"db","action":"scale","revision":3,
        "replicas":{"from":1,"to":3},"generation":5},
       {"kind":"deployment","namespace":"data","name":"same","action":"unchanged","revision":4,
        "replicas":{"from":1,"to":1},"generation":4}]}
      """;

  @TempDir Path home;
  private FakeApi api;
  private CliRun cli;
  private Path file;

  @BeforeEach
  void start() throws IOException {
    api = Canned.api().on("POST /v1/apply", ANSWER);
    cli = new CliRun(home).api(api);
    file = Files.writeString(home.resolve("m.yaml"), "a: b\n");
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private JsonNode sent() throws IOException {
    return Json.parse(api.requests().getLast().body());
  }

  @Test
  void printsALinePerChange() {
    CliRun.Result result = cli.run("apply", "-f", file.toString());
    assertThat(result)
        .isEqualTo(
            new CliRun.Result(
                0,
                """
                namespace data created
                deployment default/web created (revision 1, 0 -> 2 replicas)
                deployment default/api updated (revision 2, 1 replica, rolling: no host port)
                deployment data/db scaled (revision 3, 1 -> 3 replicas)
                deployment data/same unchanged (revision 4)
                """
                    .replace("0 -> 2", "2"),
                ""));
    assertThat(api.lines()).containsExactly("POST /v1/apply?dry_run=false");
  }

  @Test
  void planTellsByItsExitCodeWhetherThereIsSomethingToDo() {
    CliRun.Result result = cli.run("plan", "-f", file.toString());
    assertThat(result)
        .isEqualTo(
            new CliRun.Result(
                2,
                """
                + namespace data create
                + deployment default/web create (revision 1, 2 replicas)
                ~ deployment default/api update (revision 2, 1 replica, rolling: no host port)
                    container.image: a:1 -> a:2
                ~ deployment data/db scale (revision 3, 1 -> 3 replicas)
                = deployment data/same unchanged (revision 4)
                4 changes to make: gyre apply
                """,
                ""));
    assertThat(api.lines()).containsExactly("POST /v1/apply?dry_run=true");
    api.on(
        "POST /v1/apply",
        "{\"changes\":[{\"kind\":\"deployment\",\"namespace\":\"a\",\"name\":\"b\",\"action\":\"none\"}]}");
    assertThat(cli.run("plan", "-f", file.toString()))
        .isEqualTo(new CliRun.Result(0, "= deployment a/b unchanged\nnothing to do\n", ""));
  }

  @Test
  void filesOfConfigsAreReadBesideTheManifestAndSentAlong() throws IOException {
    Files.createDirectory(home.resolve("conf"));
    Files.writeString(home.resolve("conf/a.conf"), "x = $X");
    Files.write(home.resolve("i.png"), new byte[] {0, (byte) 255});
    Files.writeString(
        file,
        """
        x-c: &c { interpolate: true, files: { a: conf/a.conf } }
        configs: { c: { <<: *c } }
        ---
        files: not-these
        configs: { d: { files: { icon: ./i.png, none: { x: y } } }, e: { data: { files: no } } }
        """);
    cli.environment().put("X", "1");
    assertThat(cli.run("apply", "-f", file.toString()).exit()).isZero();
    assertThat(sent().path("files").path(0).path("attached"))
        .hasToString("{\"./i.png\":\"AP8=\",\"conf/a.conf\":\"eCA9ICRY\"}");
    assertThat(sent().path("variables").path("X").asText()).isEqualTo("1");
  }

  @Test
  void allFilesThatCannotBeReadAreNamed() throws IOException {
    Files.write(home.resolve("large"), new byte[(1 << 20) + 1]);
    Files.writeString(
        file, "configs:\n  c:\n    files: { a: no.conf, b: large, c: /dev/null, d: ., e: '' }\n");
    CliRun.Result result = cli.run("apply", "-f", file.toString());
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err())
        .isEqualTo(
            """
            FILE:3:17: configs.c.files.a: no file HOME/no.conf
            FILE:3:29: configs.c.files.b: HOME/large is larger than 1 MiB, the most that a config can have
            FILE:3:39: configs.c.files.c: /dev/null is not a regular file
            FILE:3:53: configs.c.files.d: HOME/. is a directory
            error: 4 files of configs can't be read
              names of files are relative to the manifest
            """
                .replace("FILE", file.toString())
                .replace("HOME", home.toString()));
    assertThat(api.lines()).isEmpty();
  }

  @Test
  void planSaysWhyWhateverTheChange() {
    api.on(
        "POST /v1/apply",
        """
        {"changes":[
          {"kind":"config","namespace":"a","name":"c","action":"update","reason":"restart a/w to use it"},
          {"kind":"deployment","namespace":"a","name":"s","action":"update","revision":3,
           "replicas":{"from":1,"to":1},"reason":"it is stopped, and is started again"}]}
        """);
    assertThat(cli.run("plan", "-f", file.toString()).out())
        .contains(
            "~ config a/c update (restart a/w to use it)\n",
            "~ deployment a/s update (revision 3, 1 replica, it is stopped, and is started again)\n");
  }

  @Test
  void dryRunSaysSo() {
    assertThat(cli.run("apply", "--dry-run", "-f", file.toString()).out())
        .contains("deployment default/web created (revision 1, 2 replicas) (dry run)");
    assertThat(api.lines()).containsExactly("POST /v1/apply?dry_run=true");
  }

  @Test
  void printsViolationsAsEditorsReadThem() {
    api.on(
        "POST /v1/apply",
        422,
        """
        {"title":"invalid","status":422,"code":"manifest.invalid","detail":"2 problems; the first: x",
         "hint":"see gyre schema","violations":[
          {"code":"a","path":"deployments.web.replcas","message":"unknown key; did you mean replicas?",
           "file":"m.yaml","line":3,"column":5},
          {"code":"b","path":"","message":"no deployments","file":"n.yaml","line":0,"column":0}]}
        """);
    assertThat(cli.run("apply", "-f", file.toString()))
        .isEqualTo(
            new CliRun.Result(
                1,
                "",
                """
                m.yaml:3:5: deployments.web.replcas: unknown key; did you mean replicas?
                n.yaml: no deployments
                error: 2 problems; nothing was changed
                  see gyre schema
                """));
  }

  @Test
  void sendsOnlyTheVariablesThatTheManifestNames() throws IOException {
    Files.writeString(file, "a: $ONE ${TWO} ${THREE:-x$FOUR} $$FIVE $${SIX} ${SEVEN}\n");
    Path env =
        Files.writeString(
            home.resolve("vars"),
            """
            # comment
            export ONE=file
            TWO = "two \\"quoted\\"\\n"
            FOUR='four $x # y'
            FIVE=5
            SEVEN=seven # comment
            """);
    cli.with("ONE", "shell").with("SIX", "6").with("OTHER", "secret");
    assertThat(cli.run("apply", "-f", file.toString(), "--env-file", env.toString()).exit())
        .isEqualTo(0);
    assertThat(sent().path("variables"))
        .isEqualTo(
            Json.parse(
                "{\"FOUR\":\"four $x # y\",\"ONE\":\"shell\",\"SEVEN\":\"seven\","
                    + "\"TWO\":\"two \\\"quoted\\\"\\n\"}"));
  }

  @Test
  void readsDirectoriesInOrderAndStandardInput() throws IOException {
    Path directory = Files.createDirectory(home.resolve("d"));
    Files.writeString(directory.resolve("b.yml"), "b");
    Files.writeString(directory.resolve("a.json"), "{}");
    Files.writeString(directory.resolve("c.txt"), "no");
    Files.writeString(directory.resolve(".h.yaml"), "no");
    Files.createDirectory(directory.resolve("sub.yaml"));
    cli.stdin("in: ü".getBytes(StandardCharsets.UTF_8));
    assertThat(cli.run("apply", "-f", directory.toString(), "-f", "-").exit()).isEqualTo(0);
    assertThat(sent().path("files"))
        .isEqualTo(
            Json.parse(
                "[{\"name\":\""
                    + directory.resolve("a.json")
                    + "\",\"content\":\"{}\"},{\"name\":\""
                    + directory.resolve("b.yml")
                    + "\",\"content\":\"b\"},{\"name\":\"stdin\",\"content\":\"in: ü\"}]"));
  }

  @Test
  void explainsWhatItCannotRead() throws IOException {
    assertThat(cli.run("apply").err()).contains("name it with -f FILE");
    assertThat(cli.run("apply", "-f", "/no/such.yaml").err()).contains("no file /no/such.yaml");
    Path empty = Files.createDirectory(home.resolve("empty"));
    assertThat(cli.run("apply", "-f", empty.toString()).err()).contains("no manifest in");
    Files.write(file, new byte[] {'a', '\n', 'b', (byte) 0xc3, (byte) 0x28});
    assertThat(cli.run("apply", "-f", file.toString()).err())
        .contains(file + ":2: not UTF-8 (byte 4 of the file)");
    Path env = Files.writeString(home.resolve("vars"), "ok=1\n2x=3\nnonsense\nq=\"open\n");
    assertThat(cli.run("apply", "-f", "-", "--env-file", env.toString()).err())
        .contains(
            env + ":2: \"2x\" is not the name of a variable",
            env + ":3: expected NAME=VALUE",
            env + ":4: the quote is not closed");
    assertThat(cli.run("apply", "-f", "-", "--timeout", "soon").exit()).isEqualTo(2);
    assertThat(api.requests()).isEmpty();
  }

  @Test
  void explainsABodyThatIsTooLarge() throws IOException {
    Files.writeString(file, "a: \"\\ü\"\n".repeat(1 << 20));
    api.on(
        "POST /v1/apply",
        413,
        "{\"code\":\"request.too_large\",\"detail\":\"more than 4 MiB\",\"hint\":\"split it\"}");
    CliRun.Result result = cli.run("apply", "-f", file.toString());
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err()).isEqualTo("error: more than 4 MiB\n  split it\n");
    assertThat(sent().path("files").path(0).path("content").asText()).hasSize(8 << 20);
    Files.write(file, new byte[(16 << 20) + 1]);
    assertThat(cli.run("apply", "-f", file.toString()).err()).contains("larger than 16 MiB");
  }
}
