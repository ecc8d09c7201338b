package io.gyre.api.namespace;

import io.gyre.api.content.Volumes;
import io.gyre.api.deployment.Announcer;
import io.gyre.api.http.Call;
import io.gyre.model.ChangeRecord;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.ErrorKind;
import io.gyre.model.Failpoints;
import io.gyre.model.GyreException;
import io.gyre.store.ConfigRecord;
import io.gyre.store.DesiredTx;
import io.gyre.store.NamespaceRecord;
import io.gyre.store.SecretRecord;
import io.gyre.store.SecretState;
import io.gyre.store.StateReader;
import io.gyre.store.Store;
import io.gyre.store.VolumeRecord;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of namespaces. One that is to go with all that is in it is marked first, takes nothing
 * new from then on, and loses its deployments, then its volumes, then the rest with its secrets and
 * itself. Each step follows from what is there, so that it goes on after a kill at any point.
 */
public final class Namespaces {
  private static final Logger log = LoggerFactory.getLogger(Namespaces.class);
  private static final int PAGE = 500;

  private final Store store;
  private final Announcer announcer;
  private final Clock clock;
  private volatile boolean pending;

  public Namespaces(Store store, Announcer announcer, Clock clock) {
    this.store = store;
    this.announcer = announcer;
    this.clock = clock;
  }

  /** What is in a namespace, by name. */
  record Content(
      List<String> deployments, List<String> configs, List<String> volumes, List<String> secrets) {
    static Content of(StateReader state, List<String> secrets, String namespace) {
      List<String> deployments = new ArrayList<>();
      DeploymentKey after = null;
      List<DesiredDeployment> page;
      do {
        page = state.deployments(namespace, after, PAGE);
        page.forEach(each -> deployments.add(each.key().name()));
        after = page.isEmpty() ? null : page.getLast().key();
      } while (page.size() == PAGE);
      return new Content(
          deployments,
          state.configs(namespace).stream().map(ConfigRecord::name).toList(),
          state.volumes(namespace).stream().map(VolumeRecord::name).distinct().toList(),
          secrets);
    }

    boolean isEmpty() {
      return deployments.isEmpty() && configs.isEmpty() && volumes.isEmpty() && secrets.isEmpty();
    }

    private String text() {
      List<String> parts = new ArrayList<>();
      add(parts, "deployments", deployments);
      add(parts, "configs", configs);
      add(parts, "volumes", volumes);
      add(parts, "secrets", secrets);
      return String.join("; ", parts);
    }

    private static void add(List<String> parts, String what, List<String> names) {
      if (!names.isEmpty()) {
        parts.add(
            what
                + " "
                + String.join(", ", names.stream().limit(10).toList())
                + (names.size() > 10 ? " and " + (names.size() - 10) + " more" : ""));
      }
    }
  }

  private static List<String> names(SecretState state, String namespace) {
    return state.secrets(namespace).stream().map(SecretRecord::name).toList();
  }

  private static NamespaceRecord find(StateReader state, String name) {
    Optional<NamespaceRecord> found =
        state.namespaces().stream().filter(each -> each.name().equals(name)).findFirst();
    return found.orElseThrow(
        () -> GyreException.notFound("namespace", name, "see what there is: gyre get namespaces"));
  }

  /** All that is there; of two moments where it changes meanwhile. */
  Content content(String name) {
    List<String> secrets = store.secrets(state -> names(state, name));
    return store.snapshot(state -> Content.of(state, secrets, name));
  }

  NamespaceRecord find(String name) {
    return find(store.read(), name);
  }

  /**
   * @return whether it is gone already
   * @throws GyreException {@code namespace.not_empty}, with what is in it
   */
  boolean delete(String name, boolean cascade, Call call) {
    boolean gone =
        store
            .desired()
            .transact(
                tx -> {
                  NamespaceRecord namespace = find(tx, name);
                  Content content = Content.of(tx, names(tx.secrets(), name), name);
                  if (!content.isEmpty() && !cascade) {
                    throw new GyreException(
                        ErrorKind.CONFLICT,
                        "namespace.not_empty",
                        "the namespace " + name + " has " + content.text(),
                        "delete those first, or all of it: gyre delete namespace "
                            + name
                            + " --cascade");
                  }
                  if (!namespace.deleting()) {
                    record(tx, name, content.isEmpty() ? "namespace" : content.text(), call);
                  }
                  if (content.isEmpty()) {
                    return tx.deleteNamespace(name);
                  }
                  tx.markDeleting(name);
                  return false;
                });
    Failpoints.hit("api.content.committed");
    if (!gone) {
      pending = true;
      advance();
    }
    return gone;
  }

  private void record(DesiredTx tx, String namespace, String detail, Call call) {
    var _ =
        tx.recordChange(
            new ChangeRecord(
                0,
                clock.instant(),
                call.actor(),
                "delete",
                namespace,
                null,
                0,
                detail,
                call.correlation()));
  }

  /** Whether any is on its way out. */
  public boolean pending() {
    return pending;
  }

  /** Does what can be done now of each that is to go. */
  public synchronized void advance() {
    List<NamespaceRecord> going =
        store.read().namespaces().stream().filter(NamespaceRecord::deleting).toList();
    pending = !going.isEmpty();
    for (NamespaceRecord each : going) {
      advance(each.name());
    }
  }

  private void advance(String name) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    List<DesiredDeployment> marked = new ArrayList<>();
    boolean gone =
        store
            .desired()
            .transact(
                tx -> {
                  tx.sweepVolumeRemovals();
                  List<DesiredDeployment> left = tx.deployments(name, null, PAGE);
                  for (DesiredDeployment each : left) {
                    if (!each.deleted()) {
                      DesiredDeployment after =
                          each.gone().changed(each.generation() + 1, now, each.correlation());
                      tx.putDeployment(after);
                      marked.add(after);
                    }
                  }
                  List<VolumeRecord> volumes = tx.volumes(name);
                  if (!left.isEmpty()) {
                    return false;
                  }
                  volumes.forEach(
                      volume -> tx.addVolumeRemoval(name, volume.name(), "namespace " + name));
                  if (!volumes.isEmpty()) {
                    return false;
                  }
                  // Nothing is left that could need them.
                  names(tx.secrets(), name).forEach(each -> tx.secrets().deleteSecret(name, each));
                  return tx.deleteNamespace(name);
                });
    Failpoints.hit("api.namespace.step");
    marked.forEach(each -> announcer.changed(each.key(), each.generation(), each.correlation()));
    if (gone) {
      log.info("the namespace {} is gone", name);
    } else {
      Volumes.announce(store.read(), announcer, name);
    }
  }
}
