package io.gyre.manifest;

import io.gyre.model.ContentRef;
import io.gyre.model.DeploymentKey;
import io.gyre.model.Quota;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the sources declare so far, and the rules between their parts. */
final class Registry {
  private final Map<String, NamespaceDecl> namespaces = new LinkedHashMap<>();
  private final Map<DeploymentKey, ConfigDecl> configs = new LinkedHashMap<>();
  private final List<DeploymentDecl> deployments = new ArrayList<>();

  private final Map<DeploymentKey, Value> firstConfigs = new HashMap<>();
  private final Map<DeploymentKey, Value> firstDeployments = new HashMap<>();
  private final PortClaims portClaims = new PortClaims();
  private final List<ConfigUse> uses = new ArrayList<>();

  private record ConfigUse(ContentDecoder.Use use, String namespace) {}

  /** It may be declared more than once, but not with two quotas. */
  void add(NamespaceDecl namespace, Value at) {
    NamespaceDecl first = namespaces.get(namespace.name());
    if (first == null || first.quota().equals(Quota.NONE)) {
      namespaces.put(namespace.name(), namespace);
    } else if (!namespace.quota().equals(Quota.NONE) && !namespace.quota().equals(first.quota())) {
      at.problem(
          "quota.duplicate",
          "the namespace " + namespace.name() + " is declared with another quota already");
    }
  }

  void add(ConfigDecl config, Value at) {
    // Configs have the same identity as deployments have: a namespace and a name.
    DeploymentKey key = new DeploymentKey(config.namespace(), config.name());
    Value first = firstConfigs.putIfAbsent(key, at);
    if (first == null) {
      configs.put(key, config);
    } else {
      at.problem("duplicate", "the config " + key + " is already declared at " + place(first));
    }
  }

  /** Whether nothing before it has this identity; adds a problem where something has. */
  boolean isFirst(DeploymentKey key, Value at) {
    Value first = firstDeployments.putIfAbsent(key, at);
    if (first != null) {
      at.problem("duplicate", "the deployment " + key + " is already declared at " + place(first));
    }
    return first == null;
  }

  void add(DeploymentDecl deployment) {
    deployments.add(deployment);
  }

  void claim(PortDecoder.Port port) {
    portClaims.claim(port);
  }

  void use(ContentDecoder.Use use, @Nullable String namespace) {
    if (use.content().kind() == ContentRef.Kind.CONFIG && namespace != null) {
      uses.add(new ConfigUse(use, namespace));
    }
  }

  /** A config of the same manifest must have the entry; others may exist on the host. */
  void checkConfigUses(Problems problems) {
    for (ConfigUse each : uses) {
      ContentDecoder.Use use = each.use();
      ConfigDecl config = configs.get(new DeploymentKey(each.namespace(), use.content().name()));
      String key = use.key();
      if (config != null && key != null && !config.content().keys().contains(key)) {
        problems.enter(use.at().scope().source());
        use.at()
            .problem(
                "key.not_found",
                "the config "
                    + use.content().name()
                    + " has no entry "
                    + Excerpt.quoted(key)
                    + Suggestion.question(key, config.content().keys()));
      }
    }
  }

  private static String place(Value value) {
    return value.scope().file() + ":" + value.line();
  }

  Manifest manifest() {
    return new Manifest(
        List.copyOf(namespaces.values()), List.copyOf(configs.values()), deployments);
  }
}
