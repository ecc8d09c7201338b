package io.gyre.api.apply;

import io.gyre.api.content.ContentCheck;
import io.gyre.api.content.ContentRollout;
import io.gyre.api.content.ContentState;
import io.gyre.api.content.ContentUsers;
import io.gyre.api.deployment.Halts;
import io.gyre.api.http.Call;
import io.gyre.manifest.ConfigDecl;
import io.gyre.manifest.DeploymentDecl;
import io.gyre.manifest.FieldChange;
import io.gyre.manifest.Manifest;
import io.gyre.manifest.NamespaceDecl;
import io.gyre.manifest.SpecDiff;
import io.gyre.model.Autoscale;
import io.gyre.model.ContentRef;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.GyreException;
import io.gyre.model.Halt;
import io.gyre.model.Ids;
import io.gyre.model.Quota;
import io.gyre.model.Violation;
import io.gyre.store.NamespaceRecord;
import io.gyre.store.SpecJson;
import io.gyre.store.StateReader;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Compares a manifest with what is wanted so far. Writes nothing. */
final class Planner {
  private static final String PASSWORD = "config.password";

  private final StateReader state;
  private final Manifest manifest;
  private final Set<DeploymentKey> newPasswords;
  private final Call call;
  private final Instant now;

  private final ContentState contents;

  private Planner(
      StateReader state,
      Manifest manifest,
      Set<DeploymentKey> newPasswords,
      Call call,
      Instant now) {
    this.newPasswords = newPasswords;
    this.state = state;
    this.manifest = manifest;
    this.call = call;
    this.now = now;
    this.contents = new ContentState(state);
  }

  /**
   * What is to be done, in the order in which it must be done.
   *
   * @param newPasswords who pulls its image with a password that isn't stored yet
   * @throws io.gyre.model.GyreException where the manifest conflicts with what it doesn't declare
   */
  static List<Change> plan(
      StateReader state,
      Manifest manifest,
      Set<DeploymentKey> newPasswords,
      Call call,
      Instant now) {
    HostPorts.check(state, manifest);
    Kinds.check(state, manifest);
    Dependencies.check(state, manifest);
    Planner planner = new Planner(state, manifest, newPasswords, call, now);
    List<Change> changes = new ArrayList<>();
    planner.namespaces(changes);
    planner.configs(changes);
    planner.checkContents();
    for (DeploymentDecl declared : manifest.deployments()) {
      changes.add(planner.deployment(pinned(planner.contents, declared)));
    }
    for (ContentUsers.User user : planner.otherUsers()) {
      if (user.rolls()) {
        changes.add(planner.rolled(user));
      }
    }
    return changes;
  }

  private static DeploymentDecl pinned(ContentState contents, DeploymentDecl declared) {
    return new DeploymentDecl(
        declared.key(),
        declared.replicas(),
        contents.pinned(declared.key().namespace(), declared.spec()),
        declared.rollout(),
        declared.dependencies(),
        declared.file(),
        declared.line(),
        declared.job(),
        declared.autoscale(),
        declared.registryPassword());
  }

  /** What is declared, and who uses what is declared, must find what it takes. */
  private void checkContents() {
    List<Violation> violations = new ArrayList<>();
    for (DeploymentDecl each : manifest.deployments()) {
      String path = "deployments." + each.key().name() + ".";
      for (ContentCheck.Problem problem :
          ContentCheck.problems(contents, each.key().namespace(), each.spec())) {
        violations.add(
            new Violation(
                "deployment.content." + problem.slug(),
                path + problem.path(),
                problem.message(),
                each.file(),
                each.line(),
                1));
      }
    }
    violations.addAll(ContentRollout.lacks(contents, otherUsers()));
    if (!violations.isEmpty()) {
      throw GyreException.invalid("manifest.invalid", violations);
    }
  }

  /** Who uses configs that change, and isn't declared itself. */
  private List<ContentUsers.User> otherUsers() {
    Set<DeploymentKey> declared =
        manifest.deployments().stream().map(DeploymentDecl::key).collect(Collectors.toSet());
    return ContentUsers.affected(state, contents, declared, call.correlation(), now);
  }

  private Change rolled(ContentUsers.User user) {
    return new Change.Deployment(
        user.before(),
        user.after(),
        true,
        "update",
        user.reason(),
        SpecDiff.between(user.before().spec(), user.after().spec()),
        state.autoscale(user.before().key()).orElse(null));
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
    ConfigPlan plan = ConfigPlan.of(state, manifest.configs());
    for (ConfigPlan.Step step : plan.steps()) {
      ConfigDecl after = step.after();
      if (step.newEntries()) {
        contents.changes(
            after.namespace(),
            after.name(),
            state.nextConfigVersion(after.namespace(), after.name()),
            after.content());
      }
      String users =
          step.before() == null || !step.newEntries()
              ? null
              : users(after.namespace(), ContentRef.config(after.name()));
      changes.add(new Change.Config(after, step.action(), step.reason(users)));
    }
  }

  private @Nullable String users(String namespace, ContentRef content) {
    List<DeploymentKey> users = ContentUsers.of(state, namespace, content);
    return users.isEmpty()
        ? null
        : "used by "
            + users.stream().map(DeploymentKey::toString).collect(Collectors.joining(", "));
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
    boolean newPassword = newPasswords.contains(declared.key());
    Halt halt = before.halted();
    String reason =
        before.deleted()
            ? "it was being deleted"
            : halt == null ? null : "it is stopped, and is started again";
    if (!newSpec
        && !newReplicas
        && !newRollout
        && !newPassword
        && !before.deleted()
        && halt == null) {
      return new Change.Deployment(before, before, false, "unchanged", null, List.of(), policy);
    }
    long revision =
        newSpec
            ? Math.max(greatestRevision(before.key()), before.revision()) + 1
            : before.revision();
    List<FieldChange> fields = new ArrayList<>();
    if (newSpec) {
      fields.addAll(SpecDiff.between(before.spec(), declared.spec()));
    }
    if (newPassword && fields.stream().noneMatch(field -> field.path().equals(PASSWORD))) {
      fields.add(new FieldChange(PASSWORD, "(set)", "(changed)"));
    }
    fields.addAll(SpecDiff.between(before.rollout(), declared.rollout()));
    fields.addAll(SpecDiff.between(before.dependencies(), declared.dependencies()));
    fields.addAll(SpecDiff.between(before.job(), declared.job()));
    fields.addAll(SpecDiff.between(policy, declared.autoscale()));
    String action =
        newSpec || newRollout || newPassword || before.deleted() || halt != null
            ? "update"
            : "scale";
    String versions = newSpec ? ContentUsers.versions(before.spec(), declared.spec()) : "";
    if (newSpec && reason == null && !versions.isEmpty()) {
      reason = versions;
    } else if (newSpec && reason == null) {
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
