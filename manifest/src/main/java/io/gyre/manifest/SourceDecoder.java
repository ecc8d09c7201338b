package io.gyre.manifest;

import io.gyre.model.Quota;
import io.gyre.model.Violation;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One document: {@code namespaces}, {@code configs} and {@code deployments}. */
final class SourceDecoder {
  static final Keys KEYS =
      new Keys(
          Order.of("namespaces", "configs", "deployments"),
          Order.of("secrets", "volumes", "webhooks", "networks", "routes", "jobs"),
          Map.of("services", "use deployments", "version", "remove it, a manifest has no version"));
  static final Keys NAMESPACE = new Keys(Order.of("name", "quota"), Order.of("labels"), Map.of());

  private final Registry registry;
  private final DeploymentDecoder deployments;

  SourceDecoder(RuntimeCatalog catalog, Registry registry) {
    this.registry = registry;
    this.deployments = new DeploymentDecoder(catalog, registry);
  }

  void decode(Node document, Scope scope) {
    Value root = Value.document(scope, document);
    List<Value.Entry> entries = root.entries("a map with deployments, configs or namespaces");
    if (entries == null) {
      return;
    }
    List<Value.Entry> own =
        entries.stream().filter(entry -> !entry.name().startsWith("x-")).toList();
    Fields fields = Fields.of(root, own, KEYS);
    if (own.isEmpty()) {
      scope
          .problems()
          .add(
              new Violation(
                  "manifest.deployments.required",
                  "",
                  "there is nothing to apply: it has none of deployments, configs and namespaces",
                  scope.file(),
                  document.line(),
                  document.column()));
    }
    for (Value.Entry entry : blocks(fields.get("namespaces"), "namespace")) {
      namespace(entry);
    }
    for (Value.Entry entry : blocks(fields.get("configs"), "config")) {
      ConfigDecl config = ConfigDecoder.decode(entry.value(), entry.name());
      if (config != null) {
        registry.add(config, entry.value());
      }
    }
    for (Value.Entry entry : blocks(fields.get("deployments"), "deployment")) {
      deployments.decode(entry.value(), entry.name());
    }
  }

  private static List<Value.Entry> blocks(@Nullable Value value, String code) {
    List<Value.Entry> entries =
        value == null ? null : value.coded(code).entries("a map of " + code + "s by name");
    return entries == null ? List.of() : entries;
  }

  private void namespace(Value.Entry entry) {
    Value value = entry.value();
    Fields fields = value.isNull() ? null : value.fields(NAMESPACE);
    String name;
    if (fields != null) {
      name = Identity.name(fields, entry.name(), "namespace");
    } else {
      name = value.isNull() ? Identity.ofKey(value, entry.name(), "namespace") : null;
    }
    Quota quota = fields == null ? Quota.NONE : QuotaDecoder.decode(fields.get("quota"));
    if (name != null) {
      registry.add(new NamespaceDecl(name, quota), value);
    }
  }
}
