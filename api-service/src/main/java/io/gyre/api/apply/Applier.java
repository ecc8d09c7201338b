package io.gyre.api.apply;

import io.gyre.api.admission.Admission;
import io.gyre.api.admission.Claim;
import io.gyre.api.auth.Access;
import io.gyre.api.auth.HostUse;
import io.gyre.api.content.ContentUsers;
import io.gyre.api.deployment.Announcer;
import io.gyre.api.http.Call;
import io.gyre.api.secret.Seals;
import io.gyre.manifest.DeploymentDecl;
import io.gyre.manifest.Manifest;
import io.gyre.manifest.ManifestParser;
import io.gyre.manifest.ManifestSource;
import io.gyre.manifest.RuntimeCatalog;
import io.gyre.messages.Message.RegistryLoginChanged;
import io.gyre.model.ChangeRecord;
import io.gyre.model.ContentRef;
import io.gyre.model.Contents;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.Failpoints;
import io.gyre.model.Quota;
import io.gyre.model.RuntimeInfo;
import io.gyre.store.DesiredTx;
import io.gyre.store.StateReader;
import io.gyre.store.Store;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Makes manifests the desired state, all of one request or nothing. */
public final class Applier {
  private final Store store;
  private final Announcer announcer;
  private final Clock clock;
  private final Path plugins;
  private final Admission admission;
  private final Supplier<Map<String, Map<String, String>>> runtimeSettings;
  private final RegistryPasswords passwords;
  private final ManifestParser parser = new ManifestParser();

  /**
   * @param plugins where plugins of more runtimes go
   * @param runtimeSettings by the name of the runtime
   * @param seals for passwords of registries
   */
  public Applier(
      Store store,
      Announcer announcer,
      Clock clock,
      Path plugins,
      Admission admission,
      Supplier<Map<String, Map<String, String>>> runtimeSettings,
      Seals seals) {
    this.passwords = new RegistryPasswords(seals);
    this.runtimeSettings = runtimeSettings;
    this.store = store;
    this.announcer = announcer;
    this.clock = clock;
    this.plugins = plugins;
    this.admission = admission;
  }

  /**
   * @return what was done, which is on the disk; with {@code dryRun} what would be
   * @throws io.gyre.model.GyreException with every problem; nothing is changed then
   */
  List<Change> apply(
      List<ManifestSource> sources,
      Map<String, String> variables,
      boolean dryRun,
      Call call,
      Access access) {
    Manifest manifest = parser.parse(sources, variables, catalog());
    access.require(needs(manifest));
    ImageLogins.check(manifest, runtimeSettings.get());
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    if (dryRun) {
      Set<DeploymentKey> changed = store.secrets(state -> passwords.changed(state, manifest));
      return store.snapshot(state -> admitted(state, manifest, changed, call, now));
    }
    Set<DeploymentKey> relogged = new HashSet<>();
    List<Change> changes =
        store
            .desired()
            .transact(
                tx -> {
                  Set<DeploymentKey> changed = passwords.changed(tx.secrets(), manifest);
                  List<Change> plan = admitted(tx, manifest, changed, call, now);
                  for (Change change : plan) {
                    if (change.effective()) {
                      write(tx, change, call, now);
                    }
                  }
                  manifest.deployments().stream()
                      .filter(declared -> changed.contains(declared.key()))
                      .forEach(declared -> passwords.put(tx, declared));
                  relogged.addAll(changed);
                  Failpoints.hit("api.apply.before_commit");
                  return plan;
                });
    Failpoints.hit("api.apply.committed");
    for (Change change : changes) {
      if (change.effective() && change instanceof Change.Deployment deployment) {
        announcer.changed(
            deployment.after().key(), deployment.after().generation(), call.correlation());
      }
    }
    // Where that gets lost, the next try of a start comes within a minute.
    for (DeploymentKey key : relogged) {
      var _ = announcer.publish(new RegistryLoginChanged(key), call.correlation());
    }
    signal(changes, call);
    return changes;
  }

  /**
   * What applying it takes, whether it changes anything or not. A namespace that only holds what is
   * declared comes with that; to name it, or its quota, is another matter.
   */
  private static List<Access.Need> needs(Manifest manifest) {
    List<Access.Need> needs = new ArrayList<>();
    manifest
        .namespaces()
        .forEach(each -> needs.add(Access.Need.of("namespaces:write", each.name())));
    manifest
        .configs()
        .forEach(each -> needs.add(Access.Need.of("configs:write", each.namespace())));
    manifest
        .deployments()
        .forEach(
            each -> {
              needs.add(Access.Need.of("deployments:write", each.key().namespace()));
              HostUse.need(each.key(), each.spec()).ifPresent(needs::add);
            });
    return needs.isEmpty()
        ? List.of(Access.Need.of("deployments:write", DeploymentKey.DEFAULT_NAMESPACE))
        : needs;
  }

  /** Who follows a config by a signal may not have changed itself. */
  private void signal(List<Change> changes, Call call) {
    for (Change change : changes) {
      if (change.effective() && change instanceof Change.Config config) {
        ContentRef content = ContentRef.config(config.config().name());
        for (DeploymentKey key :
            ContentUsers.of(store.read(), config.config().namespace(), content)) {
          if (store
              .read()
              .deployment(key)
              .filter(user -> user.spec().onContentChange() == Contents.OnChange.SIGNAL)
              .isPresent()) {
            announcer.contentChanged(key, call.correlation());
          }
        }
      }
    }
  }

  /** The plan, which there is room for, with what it must wait for. */
  private List<Change> admitted(
      StateReader state,
      Manifest manifest,
      Set<DeploymentKey> newPasswords,
      Call call,
      Instant now) {
    List<Change> plan = Planner.plan(state, manifest, newPasswords, call, now);
    Map<DeploymentKey, DeploymentDecl> declared =
        manifest.deployments().stream()
            .collect(Collectors.toMap(DeploymentDecl::key, each -> each, (a, b) -> b));
    Map<DeploymentKey, Claim> claims = new LinkedHashMap<>();
    Map<String, Quota> quotas = new HashMap<>();
    for (Change change : plan) {
      if (change instanceof Change.Namespace namespace) {
        quotas.put(namespace.name(), namespace.after());
      } else if (change instanceof Change.Deployment deployment && change.effective()) {
        DeploymentKey key = deployment.after().key();
        DeploymentDecl decl = declared.get(key);
        claims.put(
            key,
            new Claim(
                deployment.before(),
                deployment.after(),
                "deployments." + key.name(),
                decl == null ? null : decl.file(),
                decl == null ? 0 : decl.line()));
      }
    }
    admission.require(state, List.copyOf(claims.values()), quotas);
    List<Claim> revised = claims.values().stream().filter(Claim::isNewRevision).toList();
    Map<DeploymentKey, String> surges = admission.surges(state, revised);
    return plan.stream().map(change -> noted(change, surges)).toList();
  }

  private static Change noted(Change change, Map<DeploymentKey, String> surges) {
    if (change instanceof Change.Deployment deployment) {
      String surge = surges.get(deployment.after().key());
      return surge == null ? change : deployment.because(surge);
    }
    return change;
  }

  private RuntimeCatalog catalog() {
    Map<String, RuntimeInfo> usable =
        store.read().runtimes().stream()
            .filter(runtime -> runtime.state() != RuntimeInfo.State.REJECTED)
            .collect(Collectors.toMap(RuntimeInfo::name, runtime -> runtime));
    return new RuntimeCatalog() {
      @Override
      public Optional<Set<String>> capabilities(String runtime) {
        return Optional.ofNullable(usable.get(runtime)).map(RuntimeInfo::capabilities);
      }

      @Override
      public Set<String> names() {
        return usable.keySet();
      }

      @Override
      public String remedy() {
        return "to add one, drop its plugin's jar into " + plugins;
      }
    };
  }

  private static void write(DesiredTx tx, Change change, Call call, Instant now) {
    switch (change) {
      case Change.Namespace namespace -> {
        tx.putNamespace(namespace.name());
        if (!namespace.before().equals(namespace.after())) {
          tx.putQuota(namespace.name(), namespace.after());
        }
        record(
            tx,
            call,
            now,
            namespace.missing() ? "create" : "update",
            namespace.name(),
            null,
            0,
            namespace.missing() ? "namespace" : "quota of the namespace");
      }
      case Change.Config config -> {
        tx.putConfig(
            config.config().namespace(),
            config.config().name(),
            config.config().content(),
            config.config().labels(),
            call.correlation(),
            call.actor());
        record(
            tx,
            call,
            now,
            config.action(),
            config.config().namespace(),
            null,
            0,
            "config " + config.config().name());
      }
      case Change.Deployment deployment -> {
        DesiredDeployment after = deployment.after();
        if (deployment.newSpec()) {
          tx.addRevision(
              after.key(), after.revision(), after.spec(), call.correlation(), call.actor());
        }
        tx.putDeployment(after);
        tx.putAutoscale(after.key(), deployment.autoscale());
        record(
            tx,
            call,
            now,
            deployment.action(),
            after.key().namespace(),
            after.key().name(),
            after.generation(),
            deployment.detail());
      }
    }
  }

  private static void record(
      DesiredTx tx,
      Call call,
      Instant now,
      String verb,
      String namespace,
      @Nullable String name,
      long generation,
      String detail) {
    var _ =
        tx.recordChange(
            new ChangeRecord(
                0,
                now,
                call.actor(),
                verb,
                namespace,
                name,
                generation,
                detail,
                call.correlation()));
  }
}
