package io.gyre.model;

/** The identity of a deployment: unique on the host. Text form {@code namespace/name}. */
public record DeploymentKey(String namespace, String name) implements Comparable<DeploymentKey> {
  public static final String DEFAULT_NAMESPACE = "default";

  public DeploymentKey {
    Names.require("namespace", namespace);
    Names.require("deployment", name);
  }

  /** Parses {@code name} or {@code namespace/name}. */
  public static DeploymentKey parse(String text) {
    int slash = text.indexOf('/');
    return slash < 0
        ? new DeploymentKey(DEFAULT_NAMESPACE, text)
        : new DeploymentKey(text.substring(0, slash), text.substring(slash + 1));
  }

  @Override
  public int compareTo(DeploymentKey other) {
    int byNamespace = namespace.compareTo(other.namespace);
    return byNamespace != 0 ? byNamespace : name.compareTo(other.name);
  }

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
