package io.gyre.api.content;

import io.gyre.api.deployment.Announcer;
import io.gyre.api.http.Call;
import io.gyre.messages.Message;
import io.gyre.model.ChangeRecord;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.ErrorKind;
import io.gyre.model.Failpoints;
import io.gyre.model.GyreException;
import io.gyre.model.InstanceRecord;
import io.gyre.model.VolumeMount;
import io.gyre.store.ContentUse;
import io.gyre.store.DesiredTx;
import io.gyre.store.StateReader;
import io.gyre.store.Store;
import io.gyre.store.VolumeRecord;
import java.time.Clock;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Named volumes and their end. What is to go is a row until the runtime host says that it is gone;
 * a deployment that wants it meanwhile keeps it.
 */
public final class Volumes {
  private static final int MOST_INSTANCES = 1000;

  private final Store store;
  private final Announcer announcer;
  private final Clock clock;

  public Volumes(Store store, Announcer announcer, Clock clock) {
    this.store = store;
    this.announcer = announcer;
    this.clock = clock;
  }

  /** Deployments that want it, or of which instances exist that have it mounted. */
  static Set<DeploymentKey> users(StateReader state, String namespace, String name) {
    Set<DeploymentKey> users = new TreeSet<>(Comparator.comparing(String::valueOf));
    for (ContentUse use : state.volumeUses(namespace)) {
      if (use.content().equals(name) && (use.wanted() || runs(state, use))) {
        users.add(use.deployment());
      }
    }
    return users;
  }

  private static boolean runs(StateReader state, ContentUse use) {
    DeploymentKey key = use.deployment();
    List<InstanceRecord> instances =
        state.instances(key.namespace(), key.name(), null, MOST_INSTANCES);
    return instances.stream().anyMatch(instance -> instance.revision() == use.revision());
  }

  void delete(String namespace, String name, Call call) {
    store
        .desired()
        .run(
            tx -> {
              if (tx.volumes(namespace).stream().noneMatch(each -> each.name().equals(name))) {
                throw GyreException.notFound(
                    "volume", namespace + "/" + name, "see what there is: gyre get volumes -A");
              }
              Set<DeploymentKey> users = users(tx, namespace, name);
              if (!users.isEmpty()) {
                throw new GyreException(
                    ErrorKind.CONFLICT,
                    "volume.in_use",
                    "the volume "
                        + name
                        + " is used by "
                        + String.join(", ", users.stream().map(DeploymentKey::toString).toList()),
                    "delete those, or apply them without it");
              }
              tx.addVolumeRemoval(namespace, name, call.correlation());
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
                          "volume " + name + " with all that is in it",
                          call.correlation()));
            });
    Failpoints.hit("api.content.committed");
    announce(store.read(), announcer, namespace);
  }

  /** A deployment is gone: its volumes that aren't retained go, unless another uses them. */
  public static void release(DesiredTx tx, DesiredDeployment gone) {
    String namespace = gone.key().namespace();
    for (VolumeMount volume : gone.spec().volumes()) {
      if (volume.type() == VolumeMount.Type.VOLUME
          && !volume.retain()
          && users(tx, namespace, volume.source()).isEmpty()) {
        tx.addVolumeRemoval(namespace, volume.source(), gone.correlation());
      }
    }
  }

  /** At start: tells of what was committed when this process ended before it could tell. */
  public static void announceUnseen(Store store, Announcer announcer) {
    store.desired().run(DesiredTx::sweepVolumeRemovals);
    announce(store.read(), announcer, null);
  }

  /**
   * Asks for all that is still to go; what is asked for twice goes once.
   *
   * @param namespace null: all
   */
  public static void announce(StateReader state, Announcer announcer, @Nullable String namespace) {
    state.volumes(namespace).stream()
        .filter(VolumeRecord::removing)
        .map(volume -> new Message.RemoveVolume(volume.namespace(), volume.name()))
        .distinct()
        .forEach(
            message -> {
              var _ = announcer.publish(message, "");
            });
  }
}
