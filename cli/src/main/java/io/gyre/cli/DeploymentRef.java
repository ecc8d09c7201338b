package io.gyre.cli;

/** A deployment as the user named it: {@code name} or {@code namespace/name}. */
record DeploymentRef(String namespace, String name) {
  static final String DEFAULT_NAMESPACE = "default";

  /**
   * @param namespace the value of {@code --namespace}, empty where it wasn't given
   * @param otherwise the namespace where none is named
   */
  static DeploymentRef parse(String text, String namespace, String otherwise) {
    int slash = text.indexOf('/');
    String name = text.substring(slash + 1);
    String own = slash < 0 ? "" : text.substring(0, slash);
    if (name.isEmpty() || slash == 0 || name.indexOf('/') >= 0) {
      throw CliFailure.usage(
          "\"" + text + "\" is not a name", "write it as NAME or NAMESPACE/NAME");
    }
    if (!own.isEmpty() && !namespace.isEmpty() && !own.equals(namespace)) {
      throw CliFailure.usage(
          "\"" + text + "\" contradicts --namespace " + namespace, "leave one of them out");
    }
    if (own.isEmpty()) {
      own = namespace.isEmpty() ? otherwise : namespace;
    }
    return new DeploymentRef(own, name);
  }

  String path() {
    return "/v1/namespaces/" + Api.encode(namespace) + "/deployments/" + Api.encode(name);
  }

  String instancesPath() {
    return "/v1/instances?namespace=" + Api.encode(namespace) + "&deployment=" + Api.encode(name);
  }

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
