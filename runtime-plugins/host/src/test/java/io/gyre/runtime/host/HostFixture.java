package io.gyre.runtime.host;

import io.gyre.bus.Bus;
import io.gyre.bus.BusConfig;
import io.gyre.component.ComponentContext;
import io.gyre.component.GyreConfig;
import io.gyre.component.Home;
import io.gyre.component.Readiness;
import io.gyre.messages.Envelope;
import io.gyre.messages.Message;
import io.gyre.model.Component;
import io.gyre.model.ContainerSpec;
import io.gyre.model.Contents;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceObservation;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.model.NetworkMode;
import io.gyre.model.ObservedState;
import io.gyre.model.PluginChange;
import io.gyre.model.PluginInfo;
import io.gyre.model.ProcessSpec;
import io.gyre.model.PullPolicy;
import io.gyre.model.RegistryAuth;
import io.gyre.model.Resources;
import io.gyre.model.RuntimeInfo;
import io.gyre.model.VolumeMount;
import io.gyre.model.WorkloadKind;
import io.gyre.runtime.host.plugin.SwapLimits;
import io.gyre.store.SealedName;
import io.gyre.store.SealedRecord;
import io.gyre.store.SecretTx;
import io.gyre.store.SecretVersion;
import io.gyre.store.Store;
import io.gyre.vault.KeyRing;
import io.gyre.vault.KeySource;
import io.gyre.vault.Keys;
import io.gyre.vault.SealContext;
import io.gyre.vault.SecretEntries;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A host with fake runtimes, and everybody else around it: a real store, and a real bus on which
 * this plays the reconciler and the API.
 */
public final class HostFixture implements AutoCloseable {
  static final DeploymentKey WEB = new DeploymentKey("default", "web");

  /** What the reconciler hears. */
  record Heard(Envelope envelope, Message message) {}

  final Home home;
  final Path shipped;
  final List<Heard> heard = new CopyOnWriteArrayList<>();
  final Bus reconciler;
  final Bus api;
  private @Nullable Store apiStore;
  private @Nullable Store reconcilerStore;
  private @Nullable RuntimeHost host;
  private @Nullable KeyRing keys;
  private long epoch;
  SwapLimits limits = SwapLimits.DEFAULT;
  volatile String waitingFor = "";
  volatile boolean ready;

  HostFixture(Path directory) throws IOException {
    home = new Home(directory.resolve("home"));
    home.create();
    shipped = Files.createDirectories(directory.resolve("dist/plugins"));
    reconciler = bus(Component.RECONCILER, 7, Set.of(Component.RUNTIME));
    reconciler.start((envelope, message) -> heard.add(new Heard(envelope, message)));
    api = bus(Component.API, 1, Set.of());
  }

  Bus bus(Component component, long busEpoch, Set<Component> from) {
    return Bus.open(
        new BusConfig(
            home.bus(), home.sockets(), component, busEpoch, from, 1 << 20, Clock.systemUTC()));
  }

  /** Makes the database, with a deployment of each fake runtime. */
  HostFixture withStore() {
    apiStore = Store.open(home.database(), Component.API, Clock.systemUTC());
    reconcilerStore = Store.open(home.database(), Component.RECONCILER, Clock.systemUTC());
    deploy(WEB, "fake", List.of());
    return this;
  }

  /** Makes the key of secrets. */
  HostFixture withKeys() {
    keys = new Keys(() -> KeySource.of("auto"), home.keys(), Map.of(), true).make();
    return this;
  }

  SealedRecord sealed(SealedName name, byte[] value) {
    if (keys == null) {
      throw new IllegalStateException("no keys");
    }
    SealContext context =
        SealContext.of(
            name.purpose(), name.namespace(), name.name(), Long.toString(name.version()));
    return new SealedRecord(name, keys.seal(context, value), keys.current().orElseThrow());
  }

  /** Another version of a secret in the default namespace. */
  void secret(String name, String... pairs) {
    Map<String, byte[]> entries = new TreeMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      entries.put(pairs[i], pairs[i + 1].getBytes(StandardCharsets.UTF_8));
    }
    apiStore()
        .desired()
        .run(
            tx -> {
              SecretTx secrets = tx.secrets();
              SecretVersion version =
                  new SecretVersion(
                      "default",
                      name,
                      secrets.nextSecretVersion("default", name),
                      List.copyOf(entries.keySet()),
                      Arrays.toString(pairs),
                      Instant.now(),
                      "c-1",
                      "test");
              secrets.addSecretVersion(
                  version, sealed(version.sealed(), SecretEntries.encode(entries)));
            });
  }

  Store apiStore() {
    if (apiStore == null) {
      throw new IllegalStateException("no store");
    }
    return apiStore;
  }

  void deploy(DeploymentKey key, String runtime, List<VolumeMount> volumes) {
    deploy(key, runtime, WorkloadKind.WORKER, volumes);
  }

  void deploy(DeploymentKey key, String runtime, WorkloadKind kind, List<VolumeMount> volumes) {
    deploy(key, runtime, kind, volumes, Contents.NONE);
  }

  void deploy(
      DeploymentKey key,
      String runtime,
      WorkloadKind kind,
      List<VolumeMount> volumes,
      Contents contents) {
    DeploymentSpec spec =
        new DeploymentSpec(
            runtime,
            kind,
            new ContainerSpec("nginx", List.of(), PullPolicy.IF_NOT_PRESENT, null, false),
            null,
            Map.of("A", "1"),
            volumes,
            List.of(),
            Map.of(),
            Resources.NONE,
            List.of(),
            NetworkMode.BRIDGE,
            contents);
    deploy(key, spec);
  }

  /** Of the fake runtime, with an image that is pulled as somebody. */
  void deployPrivate(DeploymentKey key, RegistryAuth auth) {
    deploy(
        key,
        new DeploymentSpec(
            "fake",
            WorkloadKind.WORKER,
            new ContainerSpec("r/web", List.of(), PullPolicy.IF_NOT_PRESENT, null, false, auth),
            null,
            Map.of(),
            List.of(),
            List.of(),
            Map.of(),
            Resources.NONE,
            List.of(),
            NetworkMode.BRIDGE));
  }

  /** Of the real process runtime. */
  void deployProcess(DeploymentKey key, String script) {
    deploy(
        key,
        new DeploymentSpec(
            "process",
            WorkloadKind.WORKER,
            null,
            new ProcessSpec(
                List.of("/bin/sh", "-c", script), null, null, "KILL", Duration.ofSeconds(1)),
            Map.of(),
            List.of(),
            List.of(),
            Map.of(),
            Resources.NONE,
            List.of(),
            NetworkMode.BRIDGE));
  }

  private void deploy(DeploymentKey key, DeploymentSpec spec) {
    Instant now = Instant.now();
    apiStore()
        .desired()
        .run(
            tx -> {
              tx.putNamespace(key.namespace());
              tx.addRevision(key, 1, spec, "c-1", "test");
              tx.putDeployment(
                  new DesiredDeployment(key, "uid", 1, 1, 1, 0, false, spec, now, now, "c-1"));
            });
  }

  InstanceId decide(String id) {
    return decide(id, WEB, "fake");
  }

  /** Writes the row that the reconciler writes before it sends a command. */
  InstanceId decide(String id, DeploymentKey key, String runtime) {
    InstanceId instance = new InstanceId(id);
    Instant now = Instant.now();
    if (reconcilerStore == null) {
      throw new IllegalStateException("no store");
    }
    reconcilerStore
        .observed()
        .run(
            tx ->
                tx.putInstance(
                    new InstanceRecord(
                        instance,
                        key,
                        1,
                        0,
                        runtime,
                        false,
                        InstanceState.PENDING,
                        false,
                        null,
                        null,
                        null,
                        List.of(),
                        0,
                        0,
                        now,
                        null,
                        null,
                        null,
                        null,
                        null,
                        "c-1",
                        now)));
    return instance;
  }

  HostFixture launch() {
    ComponentContext context =
        new ComponentContext(
            Component.RUNTIME,
            home,
            GyreConfig.load(home.configFile()),
            ++epoch,
            Clock.systemUTC(),
            new Readiness() {
              @Override
              public void waiting(String what) {
                waitingFor = what;
              }

              @Override
              public void ready(String address) {
                ready = true;
              }
            });
    host = RuntimeHost.launch(context, shipped, limits);
    return this;
  }

  HostFixture launchReady() {
    launch();
    Await.until(() -> ready, () -> "ready, but waits for " + waitingFor);
    return this;
  }

  void stopHost() {
    RuntimeHost running = host;
    if (running != null) {
      running.close();
      host = null;
      ready = false;
    }
  }

  // --- commands

  String start(InstanceId id) {
    return start(id, WEB);
  }

  String start(InstanceId id, DeploymentKey key) {
    return reconciler.publish(new Message.StartInstance(id, key, 1, 1), "c-start-" + id, "");
  }

  String remove(InstanceId id) {
    return reconciler.publish(new Message.RemoveInstance(id, WEB, 1), "c-remove-" + id, "");
  }

  String stop(InstanceId id, DeploymentKey key) {
    return reconciler.publish(new Message.StopInstance(id, key, 1, 1), "c-stop-" + id, "");
  }

  String restart(InstanceId id, long nonce) {
    return reconciler.publish(
        new Message.RestartInstance(id, WEB, 1, 1, nonce), "c-restart-" + id, "");
  }

  String stop(InstanceId id) {
    return reconciler.publish(new Message.StopInstance(id, WEB, 1, 1), "c-stop-" + id, "");
  }

  String restartRun(InstanceId id, Instant run) {
    return reconciler.publish(new Message.RestartRun(id, WEB, 1, 1, run), "c-run-" + id, "");
  }

  /** Starts it and waits until that is done. */
  InstanceId running(String name) {
    InstanceId id = decide(name);
    start(id);
    awaitDone(id);
    return id;
  }

  // --- what was heard

  <T extends Message> List<T> all(Class<T> type) {
    return heard.stream().map(Heard::message).filter(type::isInstance).map(type::cast).toList();
  }

  List<InstanceObservation> observations(InstanceId id) {
    return all(Message.InstanceObserved.class).stream()
        .map(Message.InstanceObserved::observation)
        .filter(observation -> observation.id().equals(id))
        .toList();
  }

  Optional<InstanceObservation> lastObservation(InstanceId id) {
    List<InstanceObservation> all = observations(id);
    return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast());
  }

  void awaitState(InstanceId id, ObservedState state) {
    await(id, observation -> observation.state() == state, state.toString());
  }

  InstanceObservation await(InstanceId id, Predicate<InstanceObservation> wanted, String what) {
    Await.until(
        () -> lastObservation(id).filter(wanted).isPresent(),
        () -> id + " " + what + ", last " + lastObservation(id));
    return lastObservation(id).orElseThrow();
  }

  <T extends Message> Heard awaitMessage(Class<T> type, Predicate<T> wanted) {
    Await.until(() -> find(type, wanted).isPresent(), () -> type.getSimpleName() + " in " + heard);
    return find(type, wanted).orElseThrow();
  }

  <T extends Message> Optional<Heard> find(Class<T> type, Predicate<T> wanted) {
    return heard.stream()
        .filter(each -> type.isInstance(each.message()) && wanted.test(type.cast(each.message())))
        .findFirst();
  }

  Heard awaitDone(InstanceId id) {
    return awaitMessage(Message.CommandDone.class, done -> done.instance().equals(id));
  }

  Message.CommandFailed awaitFailed(InstanceId id) {
    return (Message.CommandFailed)
        awaitMessage(Message.CommandFailed.class, failed -> failed.instance().equals(id)).message();
  }

  RuntimeInfo awaitRuntime(String name, Predicate<RuntimeInfo> wanted) {
    Message.RuntimeChanged changed =
        (Message.RuntimeChanged)
            awaitMessage(
                    Message.RuntimeChanged.class,
                    m -> m.runtime().name().equals(name) && wanted.test(m.runtime()))
                .message();
    return changed.runtime();
  }

  /** The newest report of plugins that has such a row. */
  PluginInfo awaitPlugin(Predicate<PluginInfo> wanted, String what) {
    Await.until(() -> plugin(wanted).isPresent(), () -> what + " in " + plugins());
    return plugin(wanted).orElseThrow();
  }

  private Optional<PluginInfo> plugin(Predicate<PluginInfo> wanted) {
    return plugins().stream().filter(wanted).findFirst();
  }

  List<PluginInfo> plugins() {
    List<Message.PluginsReported> reports = all(Message.PluginsReported.class);
    return reports.isEmpty() ? List.of() : reports.getLast().plugins();
  }

  PluginInfo awaitServing(String runtime, String version) {
    return awaitPlugin(
        row ->
            row.state() == PluginInfo.State.SERVING
                && row.runtime().equals(runtime)
                && row.version().equals(version),
        runtime + " " + version + " serves");
  }

  /** The row of a rejected file. */
  PluginInfo awaitRejected(String file) {
    return awaitPlugin(
        row -> row.state() == PluginInfo.State.REJECTED && row.file().endsWith("/" + file),
        file + " is rejected");
  }

  String awaitNews(PluginChange change, String words) {
    Message.PluginChanged news =
        (Message.PluginChanged)
            awaitMessage(
                    Message.PluginChanged.class,
                    m -> m.change() == change && m.message().contains(words))
                .message();
    return news.message();
  }

  // --- the fake runtime's files

  Path fake(String runtime) {
    return home.runtimeState(runtime);
  }

  void script(String call, String text) {
    put(fake("fake").resolve("script"), call, text);
  }

  void unscript(String call) {
    try {
      Files.deleteIfExists(fake("fake").resolve("script").resolve(call));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void exit(InstanceId id, int code) {
    put(fake("fake").resolve("orders"), "exit-" + id, Integer.toString(code));
  }

  static void put(Path directory, String name, String text) {
    try {
      Files.createDirectories(directory);
      Path temporary = directory.resolve("." + name);
      Files.writeString(temporary, text);
      Files.move(temporary, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  record Call(long nanos, String name, String instance, String version) {}

  List<Call> calls(String name, String instance) {
    return calls("fake", name, instance);
  }

  List<Call> calls(String runtime, String name, String instance) {
    Path file = fake(runtime).resolve("calls");
    if (!Files.exists(file)) {
      return List.of();
    }
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .map(line -> line.split(" "))
          .map(w -> new Call(Long.parseLong(w[0]), w[1], w[2], w[3]))
          .filter(call -> call.name().equals(name) && call.instance().equals(instance))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    stopHost();
    reconciler.close();
    api.close();
    if (apiStore != null) {
      apiStore.close();
    }
    if (reconcilerStore != null) {
      reconcilerStore.close();
    }
    if (!home.sockets().startsWith(home.root()) && Files.exists(home.sockets())) {
      deleteTree(home.sockets());
    }
  }

  private static void deleteTree(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
