package io.gyre.runtime.docker;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.api.model.Container;
import io.gyre.runtime.docker.Inventory.Known;
import io.gyre.runtime.docker.RunRecords.Run;
import io.gyre.runtime.spi.InstanceSecrets;
import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.InstanceStatus.State;
import io.gyre.runtime.spi.Mount;
import io.gyre.runtime.spi.RestartPolicy;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimeFailure.Kind;
import io.gyre.runtime.spi.Workload;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes, starts, stops and removes containers. An instance has one container, called {@code
 * NAMESPACE_ID}; the engine's refusal of a second one of that name is what keeps twins out.
 */
final class Lifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(Lifecycle.class);
  private static final int REMOVAL_ATTEMPTS = 200;
  private static final int AMBIGUOUS_ATTEMPTS = 20;
  private static final long AMBIGUOUS_PAUSE_MS = 100;

  private final Engine engine;
  private final Containers containers;
  private final Inventory inventory;
  private final RunRecords records;
  private final FileMounts files;
  private final SecretMounts secrets;
  private final Images images;
  private final Networks networks;
  private final String hostId;

  Lifecycle(
      Engine engine,
      Containers containers,
      Inventory inventory,
      RunRecords records,
      FileMounts files,
      RegistryLogins logins,
      SecretMounts secrets,
      String hostId) {
    this.secrets = secrets;
    this.engine = engine;
    this.containers = containers;
    this.inventory = inventory;
    this.records = records;
    this.files = files;
    this.images = new Images(engine, logins);
    this.networks = new Networks(engine, hostId);
    this.hostId = hostId;
  }

  // ---- start

  InstanceStatus start(InstanceSpec spec, Workload.Container workload) throws RuntimeFailure {
    Optional<Known> known = inventory.find(spec.id()).filter(Known::fresh);
    if (known.isPresent() && known.get().status().state() != State.STARTING) {
      Optional<InstanceStatus> status = startExisting(spec, workload, known.get());
      if (status.isPresent()) {
        return status.get();
      }
    }
    Optional<InstanceStatus> existing = startFound(spec, workload);
    return existing.isPresent() ? existing.get() : create(spec, workload);
  }

  /** Starts what the engine has of the instance; empty where it has nothing. */
  private Optional<InstanceStatus> startFound(InstanceSpec spec, Workload.Container workload)
      throws RuntimeFailure {
    Optional<Container> found = containers.find(spec.id());
    if (found.isEmpty()) {
      return Optional.empty();
    }
    String container = found.get().getId();
    String state = found.get().getState();
    if (state.equals("dead") || state.equals("removing")) {
      removeContainer(spec.id(), container);
      return Optional.empty();
    }
    Optional<InstanceStatus> status = containers.refresh(spec.id(), container);
    if (status.isEmpty()) {
      return Optional.empty();
    }
    return startExisting(spec, workload, new Known(container, state, status.get(), true, 0));
  }

  /** Starts the container again, unless it runs; empty where it turns out to be gone. */
  private Optional<InstanceStatus> startExisting(
      InstanceSpec spec, Workload.Container workload, Known known) throws RuntimeFailure {
    String container = known.container();
    InstanceStatus before = known.status();
    if (before.state() == State.RUNNING || known.engineState().equals("restarting")) {
      records.change(spec.id(), container, run -> run.withPolicy(spec.restartPolicy().mode()));
      return Optional.of(before);
    }
    boolean neverRan = before.startedAt() == null;
    boolean byPolicy =
        before.state() == State.EXITED
            && !neverRan
            && spec.restartPolicy().mode() != RestartPolicy.Mode.NEVER;
    long restarts = before.restarts() + (byPolicy ? 1 : 0);
    Run was = records.read(spec.id(), container);
    records.change(
        spec.id(),
        container,
        run -> run.withRestarts(restarts).withPolicy(spec.restartPolicy().mode()));
    try {
      writeFiles(spec);
      renewSecrets(spec, container);
      startAgain(spec, container);
    } catch (RuntimeFailure e) {
      if (e.kind() == Kind.NOT_FOUND && containers.inspect(container).isEmpty()) {
        inventory.gone(spec.id(), container);
        return Optional.empty();
      }
      if (isLeftBehind(e) && !workload.image().isEmpty()) {
        LOG.warn(
            "container {} of instance {} can't be started any more and is made anew: {}",
            container,
            spec.id(),
            e.getMessage());
        removeContainer(spec.id(), container);
        return Optional.of(remake(spec, workload, restarts));
      }
      if (neverRan && e.kind() != Kind.UNAVAILABLE && e.kind() != Kind.TIMEOUT) {
        discard(spec.id(), container);
      } else {
        records.change(spec.id(), container, run -> was);
      }
      throw EngineErrors.startFailed(e, spec.id());
    }
    return started(spec, container);
  }

  /**
   * Whether the engine still holds the task of a container that ended while the engine itself was
   * killed, or the directory of that task: it can never start that one again, only another in its
   * place.
   */
  static boolean isLeftBehind(RuntimeFailure e) {
    String message = String.valueOf(e.getMessage());
    return (message.contains("task ") && message.contains("already exists"))
        || (message.contains("start shim") && message.contains("file exists"));
  }

  private InstanceStatus remake(InstanceSpec spec, Workload.Container workload, long restarts)
      throws RuntimeFailure {
    InstanceStatus made = create(spec, workload);
    String container = String.valueOf(made.handle());
    records.change(spec.id(), container, run -> run.withRestarts(restarts));
    return containers.refresh(spec.id(), container).orElse(made);
  }

  private void startAgain(InstanceSpec spec, String container) throws RuntimeFailure {
    try {
      startContainer(container);
    } catch (RuntimeFailure e) {
      if (spec.hostNetwork() || !String.valueOf(e.getMessage()).startsWith("network ")) {
        throw e;
      }
      // Somebody removed the namespace's network while the instance was down.
      networks.rejoin(spec, container);
      startContainer(container);
    }
  }

  private void startContainer(String container) throws RuntimeFailure {
    try {
      engine.tell(docker -> docker.startContainerCmd(container).exec());
    } catch (RuntimeFailure e) {
      if (!notModified(e)) {
        throw e;
      }
    }
  }

  private Optional<InstanceStatus> started(InstanceSpec spec, String container)
      throws RuntimeFailure {
    Optional<InstanceStatus> status = containers.refresh(spec.id(), container);
    Instant startedAt = status.map(InstanceStatus::startedAt).orElse(null);
    // Only now is it no longer the stopped one: until it runs, what is seen is the end of that run.
    records.change(
        spec.id(),
        container,
        run ->
            run.withStartedAt(startedAt).withStopped(null).withPolicy(spec.restartPolicy().mode()));
    return status;
  }

  private InstanceStatus create(InstanceSpec spec, Workload.Container workload)
      throws RuntimeFailure {
    ContainerRecipe.check(spec, engine.address().local());
    InstanceSecrets secret = secrets.read(spec.id());
    images.ensure(spec.id(), workload);
    containers.starting().add(spec.id());
    try (Networks.Use use = networks.use(spec.namespace())) {
      ensureVolumes(spec);
      String container = createAndStart(spec, workload, secret, use);
      return started(spec, container)
          .orElseThrow(
              () ->
                  new RuntimeFailure(
                      Kind.CONFLICT,
                      "removed_meanwhile",
                      "the container of instance " + spec.id() + " was removed while it started",
                      "start it again"));
    } finally {
      containers.starting().remove(spec.id());
    }
  }

  private String createAndStart(
      InstanceSpec spec, Workload.Container workload, InstanceSecrets secret, Networks.Use use)
      throws RuntimeFailure {
    for (int attempt = 1; ; attempt++) {
      String network = spec.hostNetwork() ? "host" : use.network();
      writeFiles(spec);
      writeSecrets(spec, secret);
      try {
        String container = createContainer(spec, workload, secret, network);
        try {
          handOver(spec, secret, container);
          startContainer(container);
          return container;
        } catch (RuntimeFailure e) {
          discard(spec.id(), container);
          throw EngineErrors.startFailed(e, spec.id());
        }
      } catch (RuntimeFailure e) {
        if (!Networks.isAmbiguous(e) || attempt == AMBIGUOUS_ATTEMPTS) {
          forgetUnlessListed(spec.id(), e);
          throw e;
        }
        Pause.of(AMBIGUOUS_PAUSE_MS);
      }
    }
  }

  private String createContainer(
      InstanceSpec spec, Workload.Container workload, InstanceSecrets secret, String network)
      throws RuntimeFailure {
    List<Path> paths = secrets.paths(spec.id(), secret);
    try {
      var made =
          engine.tell(
              docker ->
                  ContainerRecipe.command(
                          docker,
                          spec,
                          workload,
                          hostId,
                          network,
                          new ContainerRecipe.Files(files, paths, secret))
                      .exec());
      if (made.getWarnings() != null) {
        for (String warning : made.getWarnings()) {
          LOG.warn("instance {}: the engine says: {}", spec.id(), warning);
        }
      }
      return made.getId();
    } catch (RuntimeFailure e) {
      if (e.kind() == Kind.CONFLICT) {
        return ownOfThatName(spec, e);
      }
      if (e.kind() == Kind.NOT_FOUND) {
        throw Images.notFound(workload.image(), String.valueOf(e.getMessage()), e);
      }
      throw EngineErrors.startFailed(e, spec.id());
    }
  }

  /** The name is taken: by an earlier try of ours, or by somebody else. */
  private String ownOfThatName(InstanceSpec spec, RuntimeFailure conflict) throws RuntimeFailure {
    String name = ContainerRecipe.name(spec);
    Optional<InspectContainerResponse> holder = containers.inspect(name);
    if (holder.isPresent()) {
      var labels = holder.get().getConfig().getLabels();
      if (labels != null
          && hostId.equals(labels.get(Labels.HOST))
          && spec.id().equals(labels.get(Labels.INSTANCE))) {
        return holder.get().getId();
      }
    }
    throw new RuntimeFailure(
        Kind.CONFLICT,
        "name_in_use",
        "a container that is not of this host has the name " + name,
        "look at it: docker inspect " + name + "; rename or remove it",
        conflict);
  }

  /** Does nothing where it doesn't run. */
  void signal(String id, String signal) throws RuntimeFailure {
    Optional<Known> known = inventory.find(id);
    if (known.isEmpty() || known.get().status().state() != State.RUNNING) {
      return;
    }
    String container = known.get().container();
    try {
      engine.tell(docker -> docker.killContainerCmd(container).withSignal("SIG" + signal).exec());
    } catch (RuntimeFailure e) {
      // It has ended meanwhile.
      if (e.kind() != Kind.NOT_FOUND && e.kind() != Kind.CONFLICT) {
        throw e;
      }
    }
  }

  private void ensureVolumes(InstanceSpec spec) throws RuntimeFailure {
    for (Mount mount : spec.mounts()) {
      if (mount.type() == Mount.Type.VOLUME) {
        engine.tell(
            docker ->
                docker
                    .createVolumeCmd()
                    .withName(ContainerRecipe.volumeName(spec.namespace(), mount.source()))
                    .withLabels(Labels.ofVolume(spec.namespace(), mount.source(), hostId))
                    .exec());
      }
    }
  }

  private void writeFiles(InstanceSpec spec) {
    try {
      files.ensure(spec.id(), spec.mounts());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void writeSecrets(InstanceSpec spec, InstanceSecrets secret) throws RuntimeFailure {
    try {
      secrets.write(spec.id(), secret);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void handOver(InstanceSpec spec, InstanceSecrets secret, String container)
      throws RuntimeFailure {
    try {
      secrets.handOver(spec.id(), secret, container);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As they are now; after a boot they are gone from memory. */
  private void renewSecrets(InstanceSpec spec, String container) throws RuntimeFailure {
    Optional<InstanceSecrets> secret = secrets.readAgain(spec.id());
    if (secret.isPresent()) {
      writeSecrets(spec, secret.get());
      handOver(spec, secret.get(), container);
    }
  }

  /** Under a container that was made, whether it runs or not. */
  void refreshSecrets(String id) throws RuntimeFailure {
    InstanceSecrets secret = secrets.read(id);
    try {
      SecretReplacement.apply(secrets.paths(id, secret), secret.volumes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Removes what is left of a first start that failed; says so where it can't. */
  private void discard(String id, String container) {
    try {
      removeContainer(id, container);
      forget(id);
    } catch (RuntimeFailure | UncheckedIOException e) {
      LOG.warn("container {} of instance {} could not be removed", container, id, e);
    }
  }

  private void forgetUnlessListed(String id, RuntimeFailure failure) {
    if (failure.kind() != Kind.UNAVAILABLE && failure.kind() != Kind.TIMEOUT) {
      forget(id);
    }
  }

  private void forget(String id) {
    records.forget(id);
    try {
      files.remove(id);
      secrets.remove(id);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // ---- stop

  Optional<InstanceStatus> stop(String id) throws RuntimeFailure {
    Optional<Container> found = containers.find(id);
    return found.isEmpty() ? Optional.empty() : stop(id, found.get().getId());
  }

  private Optional<InstanceStatus> stop(String id, String container) throws RuntimeFailure {
    Optional<InspectContainerResponse> read = containers.inspect(container);
    if (read.isEmpty()) {
      return Optional.empty();
    }
    // Written first: if this JVM dies now, the end of this run is still known as a stop.
    Instant run = Containers.run(Containers.instant(read.get().getState().getStartedAt()));
    records.change(id, container, record -> record.withStopped(run));
    if (Boolean.TRUE.equals(read.get().getState().getRunning())) {
      Labels.Identity identity = Labels.read(read.get().getConfig().getLabels());
      int seconds = ContainerRecipe.stopSeconds(identity == null ? 10_000 : identity.stopGraceMs());
      try {
        engine.tell(docker -> docker.stopContainerCmd(container).withTimeout(seconds).exec());
      } catch (RuntimeFailure e) {
        if (e.kind() != Kind.NOT_FOUND && !notModified(e)) {
          unmark(id, container, run, e);
          throw e;
        }
      }
    }
    inventory.touch(id);
    return containers.refresh(id, container);
  }

  /** The stop was refused: if that run goes on, its end will not be ours. */
  private void unmark(String id, String container, Instant run, RuntimeFailure e) {
    if (e.kind() != Kind.UNAVAILABLE && e.kind() != Kind.TIMEOUT) {
      records.change(
          id,
          container,
          record -> run.equals(record.stopped()) ? record.withStopped(null) : record);
    }
  }

  // ---- remove

  void remove(String id) throws RuntimeFailure {
    Optional<Container> found = containers.find(id);
    String namespace = null;
    while (found.isPresent()) {
      String container = found.get().getId();
      Labels.Identity identity = Labels.read(found.get().getLabels());
      namespace = identity == null ? null : identity.namespace();
      if (found.get().getState().equals("running")) {
        stop(id, container);
      }
      removeContainer(id, container);
      found = containers.find(id);
    }
    inventory.find(id).ifPresent(known -> inventory.gone(id, known.container()));
    forget(id);
    if (namespace != null) {
      networks.release(namespace);
    }
  }

  /** Returns once the container is gone, whoever removes it. */
  private void removeContainer(String id, String container) throws RuntimeFailure {
    try {
      engine.tell(
          docker ->
              docker.removeContainerCmd(container).withForce(true).withRemoveVolumes(true).exec());
    } catch (RuntimeFailure e) {
      if (e.kind() == Kind.CONFLICT) {
        awaitRemoval(container, e);
      } else if (e.kind() != Kind.NOT_FOUND) {
        throw e;
      }
    }
    inventory.gone(id, container);
  }

  private void awaitRemoval(String container, RuntimeFailure conflict) throws RuntimeFailure {
    for (int attempt = 0; attempt < REMOVAL_ATTEMPTS; attempt++) {
      if (containers.inspect(container).isEmpty()) {
        return;
      }
      Pause.of(50);
    }
    throw conflict;
  }

  private static boolean notModified(RuntimeFailure e) {
    return e.getCause() instanceof NotModifiedException;
  }
}
