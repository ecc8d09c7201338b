package io.gyre.api.apply;

import io.gyre.api.deployment.Halts;
import io.gyre.api.http.Call;
import io.gyre.manifest.ConfigDecl;
import io.gyre.manifest.DeploymentDecl;
import io.gyre.manifest.FieldChange;
import io.gyre.manifest.Manifest;
import io.gyre.manifest.NamespaceDecl;
import io.gyre.manifest.SpecDiff;
import io.gyre.model.Autoscale;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.Halt;
import io.gyre.model.Ids;
import io.gyre.model.Quota;
import io.gyre.model.VolumeMount;
import io.gyre.store.ConfigRecord;
import io.gyre.store.NamespaceRecord;
import io.gyre.store.SpecJson;
import io.gyre.store.StateReader;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Compares a manifest with what is wanted so far. Writes nothing. */
final class Planner {
  private final StateReader state;
  private final Manifest manifest;
  private final Call call;
  private final Instant now;

  /** Configs whose entries change, as {@code namespace/name}. */
  private final Set<String> changedConfigs = new HashSet<>();

  private Planner(StateReader state, Manifest manifest, Call call, Instant now) {
    this.state = state;
    this.manifest = manifest;
    this.call = call;
    this.now = now;
  }

  /**
   * What is to be done, in the order in which it must be done.
   *
   * @throws io.gyre.model.GyreException where the manifest conflicts with what it doesn't declare
   */
  static List<Change> plan(StateReader state, Manifest manifest, Call call, Instant now) {
    HostPorts.check(state, manifest);
    Kinds.check(state, manifest);
    Dependencies.check(state, manifest);
    Planner planner = new Planner(state, manifest, call, now);
    List<Change> changes = new ArrayList<>();
    planner.namespaces(changes);
    planner.configs(changes);
    for (DeploymentDecl declared : manifest.deployments()) {
      changes.add(planner.deployment(declared));
    }
    return changes;
  }

  private void namespaces(List<Change> changes) {
    Map<String, Quota> declared =
        manifest.namespaces().stream()
            .collect(
                Collectors.toMap(
                    NamespaceDecl::name, NamespaceDecl::quota, (a, b) -> b, LinkedHashMap::new));
    Set<String> named = new LinkedHashSet<>(declared.keySet());
    manifest.configs().forEach(config -> named.add(config.namespace()));
    manifest.deployments().forEach(deployment -> named.add(deployment.key().namespace()));
    Set<String> existing =
        state.namespaces().stream().map(NamespaceRecord::name).collect(Collectors.toSet());
    Map<String, Quota> quotas = state.quotas();
    for (String name : named) {
      boolean missing = !existing.contains(name);
      if (missing || declared.containsKey(name)) {
        Quota before = quotas.getOrDefault(name, Quota.NONE);
        Quota after = declared.getOrDefault(name, before);
        changes.add(
            new Change.Namespace(
                name,
                missing,
                before,
                after,
                after.equals(Quota.NONE) || missing
                    ? null
                    : QuotaChanges.exceeded(after, state.usage(name))));
      }
    }
  }

  private void configs(List<Change> changes) {
    Map<String, Map<String, ConfigRecord>> known = new HashMap<>();
    for (ConfigDecl declared : manifest.configs()) {
      ConfigRecord before =
          known
              .computeIfAbsent(
                  declared.namespace(),
                  namespace ->
                      state.configs(namespace).stream()
                          .collect(Collectors.toMap(ConfigRecord::name, each -> each)))
              .get(declared.name());
      if (before == null) {
        changes.add(new Change.Config(declared, "create", null));
      } else if (!before.entries().equals(declared.entries())) {
        changedConfigs.add(declared.namespace() + "/" + declared.name());
        changes.add(new Change.Config(declared, "update", users(declared)));
      } else if (!before.labels().equals(new TreeMap<>(declared.labels()))) {
        changes.add(new Change.Config(declared, "update", null));
      } else {
        changes.add(new Change.Config(declared, "unchanged", null));
      }
    }
  }

  /** Who runs with the old entries until it is restarted. */
  private @Nullable String users(ConfigDecl config) {
    Set<String> users = new LinkedHashSet<>();
    DeploymentPages.each(
        state,
        config.namespace(),
        deployment -> {
          if (!deployment.deleted() && uses(deployment, config.name())) {
            users.add(deployment.key().toString());
          }
        });
    return users.isEmpty()
        ? null
        : "restart " + String.join(", ", users) + " to use the new entries";
  }

  private static boolean uses(DesiredDeployment deployment, String config) {
    return deployment.spec().volumes().stream()
        .anyMatch(
            volume -> volume.type() == VolumeMount.Type.CONFIG && volume.source().equals(config));
  }

  private Change deployment(DeploymentDecl declared) {
    Optional<DesiredDeployment> found = state.deployment(declared.key());
    if (found.isEmpty()) {
      return new Change.Deployment(
          null,
          after(null, declared, 1),
          true,
          "create",
          null,
          created(declared),
          declared.autoscale());
    }
    DesiredDeployment before = Halts.takenIn(state, found.get());
    @Nullable Autoscale policy = state.autoscale(declared.key()).orElse(null);
    boolean newSpec = !SpecJson.hash(before.spec()).equals(SpecJson.hash(declared.spec()));
    boolean newReplicas = before.replicas() != replicas(before, declared);
    boolean newRollout =
        !before.rollout().equals(declared.rollout())
            || !before.dependencies().equals(declared.dependencies())
            || !Objects.equals(before.job(), declared.job())
            || !Objects.equals(policy, declared.autoscale());
    Halt halt = before.halted();
    String reason =
        before.deleted()
            ? "it was being deleted"
            : halt == null ? null : "it is stopped, and is started again";
    if (!newSpec && !newReplicas && !newRollout && !before.deleted() && halt == null) {
      return new Change.Deployment(
          before, before, false, "unchanged", staleConfigs(before), List.of(), policy);
    }
    long revision =
        newSpec
            ? Math.max(greatestRevision(before.key()), before.revision()) + 1
            : before.revision();
    List<FieldChange> fields = new ArrayList<>();
    if (newSpec) {
      fields.addAll(SpecDiff.between(before.spec(), declared.spec()));
    }
    fields.addAll(SpecDiff.between(before.rollout(), declared.rollout()));
    fields.addAll(SpecDiff.between(before.dependencies(), declared.dependencies()));
    fields.addAll(SpecDiff.between(before.job(), declared.job()));
    fields.addAll(SpecDiff.between(policy, declared.autoscale()));
    String action = newSpec || newRollout || before.deleted() || halt != null ? "update" : "scale";
    if (newSpec && reason == null) {
      reason =
          declared.job() == null
              ? declared.spec().recreateReason()
              : declared.job().schedule() == null ? "it runs anew" : null;
    }
    return new Change.Deployment(
        before,
        after(before, declared, revision),
        newSpec,
        action,
        reason,
        fields,
        declared.autoscale());
  }

  /** What is scaled by its load keeps its number, unless the manifest says another than it did. */
  private int replicas(@Nullable DesiredDeployment before, DeploymentDecl declared) {
    Autoscale policy = declared.autoscale();
    if (policy == null || before == null || before.replicas() == 0) {
      return declared.replicas();
    }
    Integer written = policy.replicas();
    Integer was = state.autoscale(before.key()).map(Autoscale::replicas).orElse(null);
    return policy.within(written != null && !written.equals(was) ? written : before.replicas());
  }

  private static List<FieldChange> created(DeploymentDecl declared) {
    List<FieldChange> fields = new ArrayList<>(SpecDiff.between(null, declared.spec()));
    fields.addAll(SpecDiff.between(null, declared.job()));
    return fields;
  }

  private long greatestRevision(DeploymentKey key) {
    return state.revisions(key).stream().mapToLong(each -> each.revision()).max().orElse(0);
  }

  private @Nullable String staleConfigs(DesiredDeployment deployment) {
    String namespace = deployment.key().namespace();
    String stale =
        deployment.spec().volumes().stream()
            .filter(volume -> volume.type() == VolumeMount.Type.CONFIG)
            .map(VolumeMount::source)
            .filter(name -> changedConfigs.contains(namespace + "/" + name))
            .distinct()
            .collect(Collectors.joining(", "));
    return stale.isEmpty() ? null : "config " + stale + " changed; restart it to use that";
  }

  private DesiredDeployment after(
      @Nullable DesiredDeployment before, DeploymentDecl declared, long revision) {
    return new DesiredDeployment(
        declared.key(),
        before == null ? Ids.random(12) : before.uid(),
        before == null ? 1 : before.generation() + 1,
        revision,
        replicas(before, declared),
        before == null ? 0 : before.restartNonce(),
        false,
        declared.spec(),
        declared.rollout(),
        declared.dependencies(),
        before != null && before.paused() && before.revision() == revision,
        before == null ? 0 : before.promoted(),
        before == null ? now : before.createdAt(),
        now,
        call.correlation(),
        null,
        declared.job());
  }
}
