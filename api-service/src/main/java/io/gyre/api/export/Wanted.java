package io.gyre.api.export;

import io.gyre.manifest.ConfigDecl;
import io.gyre.manifest.DeploymentDecl;
import io.gyre.manifest.Manifest;
import io.gyre.manifest.ManifestParser;
import io.gyre.manifest.ManifestSource;
import io.gyre.manifest.ManifestWriter;
import io.gyre.manifest.NamespaceDecl;
import io.gyre.manifest.RuntimeCatalog;
import io.gyre.model.Autoscale;
import io.gyre.model.ContentRef;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.Quota;
import io.gyre.store.StateReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The manifest of a namespace; what can't be said in one is refused, not left out. */
final class Wanted {
  private static final int PAGE = 200;

  private Wanted() {}

  static String text(StateReader state, String namespace) {
    Manifest manifest = manifest(state, namespace);
    String text = ManifestWriter.write(manifest);
    Set<String> runtimes = new HashSet<>(Set.of("docker", "process"));
    manifest.deployments().forEach(declared -> runtimes.add(declared.spec().runtime()));
    Manifest again = parse(text, runtimes);
    for (DeploymentDecl declared : manifest.deployments()) {
      if (again.deployments().stream().noneMatch(other -> same(declared, other))) {
        throw new GyreException(
            ErrorKind.INTERNAL,
            "export.incomplete",
            declared.key() + " has something that this version can't write as a manifest",
            "export other namespaces one by one, and report this with gyre describe");
      }
    }
    return text;
  }

  private static Manifest manifest(StateReader state, String namespace) {
    List<DeploymentDecl> deployments = new ArrayList<>();
    DeploymentKey after = null;
    List<DesiredDeployment> page;
    do {
      page = state.deployments(namespace, after, PAGE);
      for (DesiredDeployment wanted : page) {
        after = wanted.key();
        if (!wanted.deleted()) {
          deployments.add(declared(wanted, state.autoscale(wanted.key()).orElse(null)));
        }
      }
    } while (page.size() == PAGE);
    List<ConfigDecl> configs =
        state.configs(namespace).stream()
            .map(
                config ->
                    new ConfigDecl(
                        config.namespace(),
                        config.name(),
                        config.content().declared(),
                        config.labels(),
                        "",
                        0))
            .toList();
    Quota quota = state.quotas().getOrDefault(namespace, Quota.NONE);
    return new Manifest(List.of(new NamespaceDecl(namespace, quota)), configs, deployments);
  }

  private static DeploymentDecl declared(DesiredDeployment wanted, @Nullable Autoscale autoscale) {
    int replicas = wanted.replicas();
    if (autoscale != null) {
      // The number is the load's; a manifest says at most the one to begin with.
      Integer first = autoscale.replicas();
      replicas = first == null ? autoscale.min() : first;
    } else if (wanted.isJob()) {
      replicas = 1;
    }
    return new DeploymentDecl(
        wanted.key(),
        replicas,
        // The versions of what it uses are decided when it is applied.
        wanted.spec().pinned(unpinned(wanted.spec())),
        wanted.rollout(),
        wanted.dependencies(),
        "",
        0,
        wanted.job(),
        autoscale);
  }

  private static Map<ContentRef, Long> unpinned(DeploymentSpec spec) {
    Map<ContentRef, Long> first = new HashMap<>();
    spec.used().forEach(content -> first.put(content, 1L));
    return first;
  }

  private static boolean same(DeploymentDecl one, DeploymentDecl other) {
    return one.equals(
        new DeploymentDecl(
            other.key(),
            other.replicas(),
            other.spec(),
            other.rollout(),
            other.dependencies(),
            one.file(),
            one.line(),
            other.job(),
            other.autoscale()));
  }

  private static Manifest parse(String text, Set<String> runtimes) {
    RuntimeCatalog anything =
        new RuntimeCatalog() {
          @Override
          public Optional<Set<String>> capabilities(String runtime) {
            return Optional.empty();
          }

          @Override
          public Set<String> names() {
            return runtimes;
          }
        };
    return new ManifestParser()
        .parse(List.of(new ManifestSource("export", text)), Map.of(), anything);
  }
}
