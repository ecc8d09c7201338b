package io.gyre.runtime.docker;

import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.RestartPolicy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is written on every container, network and volume, to know it again by. */
final class Labels {
  private static final String PREFIX = "io.gyre.";
  static final String HOST = PREFIX + "host";
  static final String NAMESPACE = PREFIX + "namespace";
  static final String INSTANCE = PREFIX + "instance";
  private static final String DEPLOYMENT = PREFIX + "deployment";
  private static final String REVISION = PREFIX + "revision";
  private static final String FINGERPRINT = PREFIX + "fingerprint";
  private static final String STOP_GRACE_MS = PREFIX + "stop-grace-ms";
  static final String VOLUME = PREFIX + "volume";
  private static final String RESTART = PREFIX + "restart";

  private Labels() {}

  /** The user's labels and ours; ours win, and the user can't add to them. */
  static Map<String, String> of(InstanceSpec spec, String hostId) {
    Map<String, String> labels = new HashMap<>(spec.labels());
    labels.keySet().removeIf(name -> name.startsWith(PREFIX));
    labels.put(HOST, hostId);
    labels.put(NAMESPACE, spec.namespace());
    labels.put(DEPLOYMENT, spec.deployment());
    labels.put(REVISION, Long.toString(spec.revision()));
    labels.put(INSTANCE, spec.id());
    labels.put(FINGERPRINT, spec.fingerprint());
    labels.put(STOP_GRACE_MS, Long.toString(spec.stopGrace().toMillis()));
    labels.put(RESTART, spec.restartPolicy().mode().name());
    return labels;
  }

  static Map<String, String> ofNamespace(String namespace, String hostId) {
    return Map.of(HOST, hostId, NAMESPACE, namespace);
  }

  static Map<String, String> ofVolume(String namespace, String name, String hostId) {
    return Map.of(HOST, hostId, NAMESPACE, namespace, VOLUME, name);
  }

  static List<String> filter(String hostId) {
    return List.of(HOST + "=" + hostId);
  }

  static List<String> instanceFilter(String hostId, String id) {
    return List.of(HOST + "=" + hostId, INSTANCE + "=" + id);
  }

  static List<String> namespaceFilter(String hostId, String namespace) {
    return List.of(HOST + "=" + hostId, NAMESPACE + "=" + namespace);
  }

  /** What the labels of a container say, or null where they are not whole. */
  static @Nullable Identity read(@Nullable Map<String, String> labels) {
    if (labels == null) {
      return null;
    }
    String id = labels.get(INSTANCE);
    String namespace = labels.get(NAMESPACE);
    String deployment = labels.get(DEPLOYMENT);
    if (id == null || !id.matches("[a-z0-9-]{1,80}") || namespace == null || deployment == null) {
      return null;
    }
    return new Identity(
        id,
        namespace,
        deployment,
        number(labels.get(REVISION), 0),
        labels.getOrDefault(FINGERPRINT, ""),
        number(labels.get(STOP_GRACE_MS), 10_000),
        mode(labels.get(RESTART)));
  }

  private static long number(@Nullable String text, long fallback) {
    return text != null && text.matches("\\d{1,18}") ? Long.parseLong(text) : fallback;
  }

  private static RestartPolicy.Mode mode(@Nullable String text) {
    for (RestartPolicy.Mode mode : RestartPolicy.Mode.values()) {
      if (mode.name().equals(text)) {
        return mode;
      }
    }
    return RestartPolicy.Mode.ALWAYS;
  }

  record Identity(
      String id,
      String namespace,
      String deployment,
      long revision,
      String fingerprint,
      long stopGraceMs,
      RestartPolicy.Mode restart) {}
}
