package io.gyre.api.apply;

import io.gyre.manifest.DeploymentDecl;
import io.gyre.manifest.Manifest;
import io.gyre.model.Dependency;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.GyreException;
import io.gyre.model.Violation;
import io.gyre.store.StateReader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What a manifest waits for must exist, and nothing may wait for itself in the end. */
final class Dependencies {
  private final StateReader state;
  private final Map<DeploymentKey, DeploymentDecl> declared = new HashMap<>();
  private final List<Violation> violations = new ArrayList<>();
  private final Set<DeploymentKey> done = new HashSet<>();

  private Dependencies(StateReader state, Manifest manifest) {
    this.state = state;
    manifest.deployments().forEach(each -> declared.put(each.key(), each));
  }

  static void check(StateReader state, Manifest manifest) {
    if (manifest.deployments().stream().allMatch(each -> each.dependencies().isEmpty())) {
      return;
    }
    Dependencies check = new Dependencies(state, manifest);
    for (DeploymentDecl each : manifest.deployments()) {
      check.missing(each);
    }
    for (DeploymentDecl each : manifest.deployments()) {
      check.follow(each, each.key(), new ArrayDeque<>());
    }
    if (!check.violations.isEmpty()) {
      throw GyreException.invalid("manifest.invalid", check.violations);
    }
  }

  private void missing(DeploymentDecl declaration) {
    for (Dependency dependency : declaration.dependencies()) {
      DeploymentKey key = key(declaration.key(), dependency);
      boolean there =
          declared.containsKey(key)
              || state.deployment(key).filter(found -> !found.deleted()).isPresent();
      if (!there) {
        violation(
            declaration,
            "not_found",
            key + " is neither declared here nor on this host; apply it before or together");
      } else {
        fits(declaration, dependency, key);
      }
    }
  }

  private void fits(DeploymentDecl declaration, Dependency dependency, DeploymentKey key) {
    DeploymentDecl target = declared.get(key);
    boolean job =
        target != null
            ? target.job() != null
            : state.deployment(key).filter(DesiredDeployment::isJob).isPresent();
    boolean completed = dependency.condition() == Dependency.Condition.COMPLETED;
    if (job && !completed) {
      violation(
          declaration,
          "job",
          key + " is a job; wait for it with " + key.name() + ": {condition: completed}");
    } else if (!job && completed) {
      violation(
          declaration, "worker", key + " is no job and never completes; use started or ready");
    }
  }

  /** Depth first; the way is where the search is, from the outermost. */
  private void follow(DeploymentDecl origin, DeploymentKey at, Deque<DeploymentKey> way) {
    if (way.contains(at)) {
      List<DeploymentKey> circle = new ArrayList<>(way);
      circle = circle.subList(circle.indexOf(at), circle.size());
      violation(
          origin,
          "circle",
          "it waits for itself: "
              + circle.stream().map(DeploymentKey::name).collect(Collectors.joining(" -> "))
              + " -> "
              + at.name());
      done.addAll(circle);
      return;
    }
    if (done.contains(at)) {
      return;
    }
    way.addLast(at);
    for (Dependency dependency : dependencies(at)) {
      follow(origin, key(at, dependency), way);
    }
    way.removeLast();
    done.add(at);
  }

  private List<Dependency> dependencies(DeploymentKey key) {
    DeploymentDecl declaration = declared.get(key);
    return declaration != null
        ? declaration.dependencies()
        : Optional.of(key)
            .flatMap(state::deployment)
            .map(DesiredDeployment::dependencies)
            .orElse(List.of());
  }

  private static DeploymentKey key(DeploymentKey of, Dependency dependency) {
    return new DeploymentKey(of.namespace(), dependency.deployment());
  }

  private void violation(DeploymentDecl at, String slug, String message) {
    violations.add(
        new Violation(
            "deployment.depends_on." + slug,
            "deployments." + at.key().name() + ".depends_on",
            message,
            at.file(),
            at.line(),
            1));
  }
}
