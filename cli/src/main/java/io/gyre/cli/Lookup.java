package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds what a user means by a name that may be a deployment's or an instance's. */
final class Lookup {
  private static final String ID_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz";
  private static final int ID_SUFFIX = 6;

  /** Exactly one of the two is set. */
  record Found(@Nullable JsonNode deployment, @Nullable JsonNode instance) {
    static Found ofDeployment(JsonNode deployment) {
      return new Found(deployment, null);
    }

    static Found ofInstance(JsonNode instance) {
      return new Found(null, instance);
    }
  }

  private final Session session;
  private final String namespace;

  /**
   * @param namespace the value of {@code --namespace}, empty where it wasn't given
   */
  Lookup(Session session, String namespace) {
    this.session = session;
    this.namespace = namespace;
  }

  static String instancePath(String id) {
    return "/v1/instances/" + Api.encode(id);
  }

  /** The instance of that id; {@code namespace/id} is accepted if it is of that namespace. */
  Optional<JsonNode> instance(String name) {
    DeploymentRef ref = session.ref(name, namespace);
    boolean anyNamespace = namespace.isEmpty() && name.indexOf('/') < 0;
    return session
        .api()
        .find(instancePath(ref.name()))
        .filter(found -> anyNamespace || Json.text(found, "namespace").equals(ref.namespace()));
  }

  Optional<JsonNode> deployment(String name) {
    return session.api().find(session.ref(name, namespace).path());
  }

  /** A deployment or an instance; what the name looks like is tried first. */
  Found any(String name) {
    boolean instanceFirst = looksLikeInstance(name);
    if (instanceFirst) {
      Optional<JsonNode> instance = instance(name);
      if (instance.isPresent()) {
        return Found.ofInstance(instance.get());
      }
    }
    Optional<JsonNode> deployment = deployment(name);
    if (deployment.isPresent()) {
      return Found.ofDeployment(deployment.get());
    }
    Optional<JsonNode> instance = instanceFirst ? Optional.empty() : instance(name);
    if (instance.isPresent()) {
      return Found.ofInstance(instance.get());
    }
    throw missing("deployment or instance", session.ref(name, namespace));
  }

  /** The instance of that id, or the first ready one of that deployment (said on stderr). */
  JsonNode oneInstance(String name) {
    Found found = any(name);
    if (found.instance() != null) {
      return found.instance();
    }
    DeploymentRef ref = session.ref(name, namespace);
    List<JsonNode> instances = session.api().list(ref.instancesPath());
    for (JsonNode instance : instances) {
      if (Json.flag(instance, "ready") && !Json.flag(instance, "removing")) {
        session.note("using instance " + Json.text(instance, "id") + " of " + ref);
        return instance;
      }
    }
    throw new CliFailure(
        Exit.FAILED,
        "deployment " + ref + " has no ready instance",
        instances.isEmpty() ? "gyre describe " + ref : "gyre get instances " + ref);
  }

  static CliFailure missing(String what, DeploymentRef ref) {
    return new CliFailure(Exit.NOT_FOUND, "no " + what + " " + ref, "gyre get deployments -A");
  }

  /** Ids end in six random characters; a deployment may look so too, so it is only a guess. */
  private static boolean looksLikeInstance(String name) {
    int dash = name.length() - ID_SUFFIX - 1;
    if (dash < 1 || name.charAt(dash) != '-') {
      return false;
    }
    for (int i = dash + 1; i < name.length(); i++) {
      if (ID_ALPHABET.indexOf(name.charAt(i)) < 0) {
        return false;
      }
    }
    return true;
  }
}
