package io.gyre.runtime.host.fake;

import io.gyre.runtime.spi.InstanceExec;
import io.gyre.runtime.spi.InstanceLogs;
import io.gyre.runtime.spi.InstanceSecrets;
import io.gyre.runtime.spi.InstanceSignals;
import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStats;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.InstanceStatus.State;
import io.gyre.runtime.spi.Mount;
import io.gyre.runtime.spi.RegistryAccess;
import io.gyre.runtime.spi.RuntimeContext;
import io.gyre.runtime.spi.RuntimeEvent;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.SecretRefresh;
import io.gyre.runtime.spi.WorkloadRuntime;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A runtime whose workloads are files, so that they outlive the host, and which does as files tell
 * it.
 *
 * <pre>
 * instances/ID        the instance, as properties
 * orders/exit-ID      the instance ends with the code in the file
 * orders/away, back   the engine goes away, comes back
 * script/CALL         what the next calls of CALL do: fail KIND, hang, linkage, sleep MILLIS
 * script/CALL-ID      the same for one instance
 * calls               a line per call: nanos, call, instance, version of the plugin
 * access-ID           who pulled the image, where that was told
 * secrets-ID          what is in its files with secrets since they were replaced
 * </pre>
 */
public final class FakeRuntime
    implements WorkloadRuntime,
        InstanceSignals,
        SecretRefresh,
        InstanceLogs,
        InstanceExec,
        InstanceStats {
  private final RuntimeContext context;
  private final Path directory;
  private final String version;
  private final Properties jar;
  private final List<Consumer<RuntimeEvent>> listeners = new CopyOnWriteArrayList<>();
  private final WatchService orders;
  private volatile boolean closed;

  FakeRuntime(RuntimeContext context, Properties jar) throws RuntimeFailure {
    this.context = context;
    this.directory = context.stateDirectory();
    this.version = jar.getProperty("version");
    this.jar = jar;
    try {
      for (String name : List.of("instances", "orders", "script")) {
        Files.createDirectories(directory.resolve(name));
      }
      script("open", "");
      orders = directory.getFileSystem().newWatchService();
      directory.resolve("orders").register(orders, StandardWatchEventKinds.ENTRY_CREATE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    context.executor().execute(this::obey);
  }

  @Override
  public InstanceStatus start(InstanceSpec spec) throws RuntimeFailure {
    called("start", spec.id());
    script("start", spec.id());
    Optional<InstanceStatus> known = find(spec.id());
    if (known.isPresent() && known.get().state() == State.RUNNING) {
      return known.get();
    }
    Optional<RegistryAccess> access = context.registryAccess(spec.id());
    if (access.isPresent()) {
      pulled(spec.id(), access.get());
    }
    Properties values = new Properties();
    values.setProperty("namespace", spec.namespace());
    values.setProperty("deployment", spec.deployment());
    values.setProperty("revision", Long.toString(spec.revision()));
    values.setProperty("fingerprint", spec.fingerprint());
    spec.mounts().forEach(mount -> values.setProperty("file", content(mount)));
    values.setProperty("state", "RUNNING");
    values.setProperty("started_at", Instant.now().toString());
    write(spec.id(), values);
    emit(spec.id());
    return status(spec.id(), values);
  }

  private void pulled(String id, RegistryAccess access) {
    String text =
        switch (access) {
          case RegistryAccess.Login login ->
              login.server() + " " + login.username() + " " + login.password();
          case RegistryAccess.DockerConfig config -> config.source() + " " + config.json();
          case RegistryAccess.HostLogins host -> "host " + host.namespace();
        };
    try {
      Files.writeString(directory.resolve("access-" + id), text + "; " + access);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String content(Mount mount) {
    String path = mount.path();
    try {
      if (path == null) {
        return String.valueOf(mount.content());
      }
      return Files.isDirectory(Path.of(path)) ? "a directory" : Files.readString(Path.of(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void signal(String id, String signal) throws RuntimeFailure {
    called("signal", id);
    script("signal", id);
  }

  @Override
  public void refreshSecrets(String id) throws RuntimeFailure {
    called("secrets", id);
    script("secrets", id);
    StringBuilder text = new StringBuilder();
    for (InstanceSecrets.Volume volume : context.secrets(id).volumes()) {
      volume
          .files()
          .forEach(
              (key, value) ->
                  text.append(key).append('=').append(new String(value, StandardCharsets.UTF_8)));
    }
    try {
      Files.writeString(directory.resolve("secrets-" + id), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Optional<InstanceStatus> stop(String id) throws RuntimeFailure {
    called("stop", id);
    script("stop", id);
    if (find(id).isEmpty()) {
      return Optional.empty();
    }
    Properties values = read(id);
    values.setProperty("state", "STOPPED");
    write(id, values);
    emit(id);
    return Optional.of(status(id, values));
  }

  @Override
  public void remove(String id) throws RuntimeFailure {
    called("remove", id);
    script("remove", id);
    if (find(id).isPresent()) {
      delete(directory.resolve("instances").resolve(id));
      listeners.forEach(listener -> listener.accept(new RuntimeEvent.Gone(id)));
    }
  }

  @Override
  public List<InstanceStatus> list() throws RuntimeFailure {
    called("list", "-");
    script("list", "");
    FakePlugin.hang(jar, "list");
    List<InstanceStatus> all = new ArrayList<>();
    if (Boolean.parseBoolean(jar.getProperty("blind"))) {
      return all;
    }
    try (Stream<Path> files = Files.list(directory.resolve("instances"))) {
      for (Path file : files.filter(f -> !f.getFileName().toString().startsWith(".")).toList()) {
        find(file.getFileName().toString()).ifPresent(all::add);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all;
  }

  @Override
  public Subscription subscribe(Consumer<RuntimeEvent> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  @Override
  public <T> Optional<T> ability(Class<T> type) {
    if (type == InstanceStats.class && !hasStats(jar)) {
      return Optional.empty();
    }
    return type.isInstance(this) ? Optional.of(type.cast(this)) : Optional.empty();
  }

  static boolean hasStats(Properties jar) {
    return Boolean.parseBoolean(jar.getProperty("stats"));
  }

  @Override
  public void close(boolean handOver) {
    called("close", Boolean.toString(handOver));
    closed = true;
    try {
      orders.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // --- abilities

  /** A second for each instance, and of one that nobody asked for. */
  @Override
  public List<Usage> usage(Set<String> ids) throws RuntimeFailure {
    called("usage", Integer.toString(ids.size()));
    script("usage", "");
    List<Usage> all = new ArrayList<>();
    ids.forEach(id -> all.add(new Usage(id, Instant.now(), 7, 1_000_000_000, 4096, 1L, null)));
    all.add(new Usage("stranger", Instant.now(), 7, 1, 1, null, null));
    return all;
  }

  /** Prints "line 1" … "line N", as many as the tail asks for; then nothing, or ever more. */
  @Override
  public void read(String id, LogQuery query, Sink sink) throws RuntimeFailure {
    called("logs", id);
    script("logs", id);
    int lines = query.tail() < 0 ? 1_000_000 : query.tail();
    for (int i = 1; i <= lines; i++) {
      Instant at =
          Boolean.parseBoolean(jar.getProperty("timeless")) ? null : Instant.ofEpochMilli(i);
      LogLine line = new LogLine(Source.STDOUT, at, "line " + i);
      if (!sink.line(line)) {
        called("logs-ended", id);
        return;
      }
    }
    while (query.follow() && sink.open() && !closed) {
      pause(100);
    }
    called("logs-ended", id);
  }

  /** Echoes its input with the first argument before it, and exits with the second. */
  @Override
  public int exec(
      String id, List<String> command, InputStream stdin, OutputStream stdout, OutputStream stderr)
      throws RuntimeFailure {
    called("exec", id);
    try {
      script("exec", id);
      stdout.write(command.getFirst().getBytes(StandardCharsets.UTF_8));
      stdout.write(stdin.readAllBytes());
      stderr.write("done".getBytes(StandardCharsets.UTF_8));
      return Integer.parseInt(command.get(1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      called("exec-ended", id);
    }
  }

  // --- orders and scripts

  private void obey() {
    try {
      while (true) {
        try (Stream<Path> files = Files.list(directory.resolve("orders"))) {
          for (Path file :
              files.filter(f -> !f.getFileName().toString().startsWith(".")).toList()) {
            obey(file);
          }
        }
        WatchKey key = orders.take();
        key.pollEvents();
        key.reset();
      }
    } catch (ClosedWatchServiceException | InterruptedException e) {
      // Closed.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void obey(Path order) throws IOException {
    String name = order.getFileName().toString();
    String text = Files.readString(order).strip();
    Files.delete(order);
    if (name.startsWith("exit-")) {
      String id = name.substring("exit-".length());
      Properties values = read(id);
      values.setProperty("state", "EXITED");
      values.setProperty("exit_code", text);
      values.setProperty("exit_at", Instant.now().toString());
      write(id, values);
      called("exited", id);
      emit(id);
    } else {
      RuntimeEvent event =
          new RuntimeEvent.Availability(name.equals("back"), "the engine is " + name);
      listeners.forEach(listener -> listener.accept(event));
    }
  }

  private void script(String call, String id) throws RuntimeFailure {
    Path all = directory.resolve("script").resolve(call);
    Path one = directory.resolve("script").resolve(call + "-" + id);
    Path script = Files.exists(one) ? one : all;
    String[] words;
    try {
      if (!Files.exists(script)) {
        return;
      }
      words = Files.readString(script).strip().split(" ");
    } catch (IOException e) {
      return;
    }
    switch (words[0]) {
      case "fail" ->
          throw new RuntimeFailure(
              RuntimeFailure.Kind.valueOf(words[1]),
              "fake_" + call,
              call + " is scripted to fail",
              "hint");
      case "linkage" -> throw new NoSuchMethodError("org.example.Thing.gone()");
      case "sleep" -> pause(Long.parseLong(words[1]));
      case "hang" -> {
        while (!closed && Files.exists(script)) {
          pause(20);
        }
      }
      default -> throw new IllegalStateException(words[0]);
    }
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted");
    }
  }

  private synchronized void called(String call, String id) {
    try {
      Files.writeString(
          directory.resolve("calls"),
          System.nanoTime() + " " + call + " " + id + " " + version + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // --- instances

  private void emit(String id) {
    find(id)
        .ifPresent(
            status ->
                listeners.forEach(listener -> listener.accept(new RuntimeEvent.Changed(status))));
  }

  private Optional<InstanceStatus> find(String id) {
    return Files.exists(directory.resolve("instances").resolve(id))
        ? Optional.of(status(id, read(id)))
        : Optional.empty();
  }

  private InstanceStatus status(String id, Properties values) {
    State state = State.valueOf(values.getProperty("state"));
    String code = values.getProperty("exit_code");
    return new InstanceStatus(
        id,
        values.getProperty("namespace"),
        values.getProperty("deployment"),
        Long.parseLong(values.getProperty("revision")),
        values.getProperty("fingerprint"),
        state,
        state == State.RUNNING ? 4711L : null,
        "handle-" + id,
        "127.0.0.1",
        List.of(),
        Instant.parse(values.getProperty("started_at")),
        0,
        0,
        null,
        code == null
            ? null
            : new InstanceStatus.Exit(
                Integer.parseInt(code), Instant.parse(values.getProperty("exit_at")), List.of()),
        null);
  }

  private Properties read(String id) {
    try {
      Properties values = new Properties();
      values.load(new StringReader(Files.readString(directory.resolve("instances").resolve(id))));
      return values;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void write(String id, Properties values) {
    Path file = directory.resolve("instances").resolve(id);
    Path temporary = file.resolveSibling("." + id);
    try {
      StringWriter text = new StringWriter();
      values.store(text, null);
      Files.writeString(temporary, text.toString());
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
