package io.gyre.component;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.gyre.model.Component;
import io.gyre.model.GyreException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The watched configuration, with the kernel's own events and signals. */
@Timeout(60)
final class LiveConfigSystemTest {
  @TempDir Path directory;
  private Home home;
  private Path file;
  private final List<LiveConfig.Reading> readings = new CopyOnWriteArrayList<>();
  private final List<LiveConfig> begun = new ArrayList<>();

  /** Else they note that their file is gone while the directory is being deleted. */
  @AfterEach
  void close() {
    begun.forEach(LiveConfig::close);
  }

  @BeforeEach
  void make() {
    home = new Home(directory.resolve("home"));
    home.create();
    file = home.configFile();
  }

  @Test
  void anEditInPlaceIsTakenUp() throws Exception {
    Files.writeString(file, "log_level: warn\n");
    LiveConfig config = begin();
    Files.writeString(file, "log_level: debug\nreconciler: { resync: 7s }\n");
    await(() -> !readings.isEmpty(), "the edit is told");
    assertThat(config.current().logLevel()).isEqualTo("debug");
    assertThat(config.current().reconciler().resync().toSeconds()).isEqualTo(7);
    assertThat(readings)
        .singleElement()
        .satisfies(
            reading ->
                assertThat(reading.changes())
                    .extracting(ConfigSetting.Change::text)
                    .containsExactly("reconciler.resync: 30s -> 7s", "log_level: warn -> debug"));
  }

  @Test
  void aReplacedFileAndOneMadeLaterAreTakenUp() throws Exception {
    LiveConfig config = begin();
    Files.writeString(file, "log_level: warn\n");
    await(() -> config.current().logLevel().equals("warn"), "the new file is seen");
    Path next = Files.writeString(home.root().resolve("next"), "log_level: error\n");
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    await(() -> config.current().logLevel().equals("error"), "the replacement is seen");
    Files.delete(file);
    await(() -> config.current().logLevel().equals("info"), "no file means the defaults");
  }

  @Test
  void aFileBehindLinksAndInADirectoryThatComesLaterIsTakenUp() throws Exception {
    Path etc = directory.resolve("etc/gyre");
    home = new Home(home.root(), etc.resolve("gyre.yaml"));
    LiveConfig config = begin();
    Path first = Files.createDirectories(directory.resolve("v1"));
    Path second = Files.createDirectories(directory.resolve("v2"));
    Files.writeString(first.resolve("gyre.yaml"), "log_level: warn\n");
    Files.writeString(second.resolve("gyre.yaml"), "log_level: debug\n");
    Path current = Files.createSymbolicLink(directory.resolve("current"), Path.of("v1"));
    Files.createDirectories(etc);
    Files.createSymbolicLink(etc.resolve("gyre.yaml"), current.resolve("gyre.yaml"));
    await(() -> config.current().logLevel().equals("warn"), "the linked file is seen");
    Path turned = Files.createSymbolicLink(directory.resolve("turned"), Path.of("v2"));
    Files.move(turned, current, StandardCopyOption.ATOMIC_MOVE);
    await(() -> config.current().logLevel().equals("debug"), "the turned link is seen");
    Files.writeString(second.resolve("gyre.yaml"), "log_level: error\n");
    await(() -> config.current().logLevel().equals("error"), "the edit behind it is seen");
  }

  @Test
  void sighupReadsAgainAndSaysSo() throws Exception {
    LiveConfig config = begin();
    AtomicInteger signalled = new AtomicInteger();
    config.onSignal(signalled::incrementAndGet);
    long before = note().reads();
    hangup();
    await(() -> signalled.get() == 1, "the signal is told");
    assertThat(note().reads()).isGreaterThan(before);
    assertThat(note().pid()).isEqualTo(ProcessHandle.current().pid());
  }

  @Test
  void aBrokenFileChangesNothingAndIsReportedOnceUntilItIsMended() throws Exception {
    Files.writeString(file, "log_level: warn\napi: { max_body: 1Mi }\n");
    LiveConfig config = begin();
    Files.writeString(file, "log_level: loud\napi: { prot: 1 }\n");
    await(() -> !readings.isEmpty(), "the problems are told");
    await(() -> !note().problems().isEmpty(), "the problems are noted");
    assertThat(config.current().logLevel()).isEqualTo("warn");
    assertThat(note().problems()).contains("log_level: expected one of", "api.prot: unknown key");
    hangup();
    long reads = note().reads();
    hangup();
    await(() -> note().reads() > reads, "it was read again");
    assertThat(readings)
        .singleElement()
        .satisfies(
            reading -> {
              assertThat(reading.broken()).isNotNull();
              assertThat(reading.changes()).isEmpty();
            });
    // At once, since a signal may still be on its way.
    Path mended =
        Files.writeString(
            home.root().resolve("mended"), "log_level: warn\napi: { max_body: 2Mi }\n");
    Files.move(mended, file, StandardCopyOption.ATOMIC_MOVE);
    await(() -> note().problems().isEmpty(), "the note is gone");
    assertThat(config.current().api().maxBodyBytes()).isEqualTo(2 << 20);
    assertThat(note().changed()).isEqualTo("api.max_body: 1Mi -> 2Mi");
  }

  @Test
  void aStartWithABrokenFileUsesTheLastGoodOne() throws Exception {
    Files.writeString(file, "log_level: [\n");
    GyreException refused = catchThrowableOfType(GyreException.class, () -> LiveConfig.open(home));
    assertThat(refused).as("there is no last good one").isNotNull();
    Files.writeString(file, "log_level: warn\n");
    begun(LiveConfig.open(home));
    assertThat(home.lastGoodConfigFile()).hasContent("log_level: warn");
    Files.writeString(file, "log_level: [\n");
    LiveConfig config = LiveConfig.open(home);
    assertThat(config.current().logLevel()).isEqualTo("warn");
    begun(config);
    assertThat(note().problems()).contains("not YAML");
    assertThat(home.lastGoodConfigFile()).hasContent("log_level: warn");
    Files.writeString(home.lastGoodConfigFile(), "unknown_by_now: 1\n");
    assertThat(catchThrowableOfType(GyreException.class, () -> LiveConfig.open(home)).violations())
        .as("the file's own problems, not those of the kept one")
        .singleElement()
        .satisfies(violation -> assertThat(violation.text()).contains("not YAML"));
  }

  @Test
  void whatNeedsARestartIsSaidUntilThen() throws Exception {
    Files.writeString(file, "api: { port: 7071 }\n");
    LiveConfig config = begin();
    Files.writeString(file, "api: { port: 7072, max_body: 1Mi }\nreconciler: { resync: 1m }\n");
    await(() -> note().restart().equals("api.port: 7071 -> 7072"), "the port needs a restart");
    assertThat(note().changed()).isEqualTo("api.port: 7071 -> 7072\napi.max_body: 4Mi -> 1Mi");
    assertThat(config.current().api().maxBodyBytes()).isEqualTo(1 << 20);
    Files.writeString(
        home.markFile(Component.API),
        "{\"pid\":\"%d\",\"state\":\"ready\"}".formatted(ProcessHandle.current().pid()));
    assertThat(ComponentMark.read(home, Component.API).orElseThrow().message())
        .isEqualTo("needs a restart for api.port: 7071 -> 7072");
    begun(LiveConfig.open(home));
    assertThat(note().restart()).isEmpty();
  }

  @Test
  void everyKeyIsASetting() {
    GyreConfig config =
        GyreConfig.parse(
            "",
            """
            api: { address: 0.0.0.0, port: 1, max_body: 100Ki }
            reconciler: { resync: 90s, keep_events: 200 }
            runtime:
              settings: { docker: { host: "tcp://x" }, x: { apiToken: abc } }
              require_signed: true
              trusted_keys: [ abc ]
              metrics_interval: 1m
            log_level: debug
            """);
    assertThat(config.settings())
        .extracting(s -> s.key() + "=" + s.value() + (s.live() ? "" : "!"))
        .containsExactly(
            "api.address=0.0.0.0!",
            "api.port=1!",
            "api.max_body=100Ki",
            "api.tls=off!",
            "api.hosts=[]",
            "api.origins=[]",
            "api.webhook_allow=[]",
            "api.webhook_ca=",
            "api.limits.requests=500",
            "api.limits.streams=1000",
            "api.limits.connections=2000!",
            "api.limits.connections_per_address=256",
            "api.audit.keep=200000",
            "api.audit.keep_days=365",
            "reconciler.resync=90s",
            "reconciler.keep_events=200",
            "runtime.settings.docker.host=tcp://x!",
            "runtime.settings.x.apiToken=abc!",
            "runtime.require_signed=true",
            "runtime.trusted_keys=[abc]",
            "runtime.metrics_interval=1m",
            "admission.memory=auto",
            "admission.reserve=auto",
            "admission.cpu=auto",
            "admission.cpu_overcommit=4",
            "secrets.kek=auto",
            "log_level=debug");
    assertThat(ConfigSetting.changes(config, GyreConfig.parse("", "")))
        .extracting(ConfigSetting.Change::text)
        .hasSize(11)
        .contains("runtime.settings.x.apiToken: changed")
        .contains(
            "runtime.settings.docker.host: tcp://x -> (unset)", "reconciler.resync: 90s -> 30s");
  }

  @Test
  void checkSaysAllProblemsOrAllValues() throws Exception {
    Files.writeString(file, "api: { port: 8080 }\n");
    Map.Entry<Integer, String> good = check();
    assertThat(good.getKey()).isZero();
    assertThat(good.getValue())
        .contains(file + ": good")
        .containsPattern("api\\.port +8080 +set +takes effect with the next start of api")
        .containsPattern("log_level +info +default +takes effect at once");
    Files.writeString(file, "api: { port: x }\nfoo: 1\n");
    Map.Entry<Integer, String> bad = check();
    assertThat(bad.getKey()).isEqualTo(1);
    assertThat(bad.getValue()).contains("api.port: expected a number", "foo: unknown key");
    Files.delete(file);
    assertThat(check().getKey()).isEqualTo(1);
  }

  private Map.Entry<Integer, String> check() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    int exit = ConfigCheck.run(file, true, out, out);
    return Map.entry(exit, bytes.toString(StandardCharsets.UTF_8));
  }

  private LiveConfig begin() {
    LiveConfig config = LiveConfig.open(home);
    config.onReading(readings::add);
    return begun(config);
  }

  private LiveConfig begun(LiveConfig config) {
    begun.add(config);
    config.begin(Component.API);
    return config;
  }

  private ConfigNote note() {
    return ConfigNote.read(home, Component.API).orElseThrow();
  }

  private static void hangup() throws IOException, InterruptedException {
    String ignored =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("SigIgn:"))
            .findFirst()
            .orElseThrow();
    assumeFalse(
        (Long.parseUnsignedLong(ignored.substring("SigIgn:".length()).strip(), 16) & 1) == 1,
        "whoever started the tests, such as nohup, has SIGHUP ignored");
    Process kill =
        new ProcessBuilder("kill", "-HUP", Long.toString(ProcessHandle.current().pid()))
            .inheritIO()
            .start();
    assertThat(kill.waitFor()).isZero();
  }

  private static void await(BooleanSupplier condition, String what) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited too long until " + what).isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(10);
    }
  }
}
