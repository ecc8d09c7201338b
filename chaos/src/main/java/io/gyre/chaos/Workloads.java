package io.gyre.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What runs on the Gyre under attack. Steady deployments are never changed, so none of their
 * instances may ever end by itself or be replaced; elastic ones are scaled and changed all the
 * time.
 */
final class Workloads {
  static final String IMAGE = "gyre-chaos/busybox:1";
  static final String ELASTIC = "elastic";
  static final String ELASTIC_BOX = "elastic-box";

  private final String run;
  private final Lab lab;
  private final boolean docker;

  /**
   * @param replicas as first applied
   */
  record Deployment(String name, int replicas, boolean steady, boolean container) {}

  Workloads(String run, Lab lab, boolean docker) {
    this.run = run;
    this.lab = lab;
    this.docker = docker;
  }

  List<Deployment> all() {
    List<Deployment> all = new ArrayList<>();
    all.add(new Deployment("web", 3, true, false));
    all.add(new Deployment("counter", 1, true, false));
    all.add(new Deployment(ELASTIC, 2, false, false));
    if (docker) {
      all.add(new Deployment("box", 2, true, true));
      all.add(new Deployment(ELASTIC_BOX, 1, false, true));
    }
    return all;
  }

  Deployment named(String name) {
    return all().stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
  }

  String manifest() {
    StringBuilder text = new StringBuilder("deployments:\n");
    for (Deployment deployment : all()) {
      text.append(declaration(deployment, deployment.replicas(), "0"));
    }
    return text.toString();
  }

  String manifest(Deployment deployment, int replicas, String mark) {
    return "deployments:\n" + declaration(deployment, replicas, mark);
  }

  static String note(long number) {
    return "configs:\n  note:\n    data: { number: \"" + number + "\" }\n";
  }

  private String declaration(Deployment deployment, int replicas, String mark) {
    String environment =
        String.format(
            Locale.ROOT,
            "{ CHAOS_RUN: \"%s\", CHAOS_DEPLOYMENT: %s, CHAOS_MARK: \"%s\" }",
            run,
            deployment.name(),
            mark);
    if (deployment.container()) {
      return """
        %s:
          image: %s
          replicas: %d
          command: [sh, /evidence/container.sh]
          environment: %s
          volumes: [{ type: bind, source: %s, destination: /evidence }]
          config: { image_pull_policy: Never }
      """
          .formatted(deployment.name(), IMAGE, replicas, environment, lab.evidence);
    }
    String checks =
        deployment.name().equals("web")
            ? "    health_checks: [{ type: http, url: \"http://localhost/\", interval: 500ms, timeout: 5s,"
                + " threshold: 3, on_failure: alert, readiness: true, min_healthy_time: 0s }]\n"
            : "";
    return """
        %s:
          replicas: %d
          environment: %s
          process: { command: [%s, -S, -E, %s, %s], stop_grace: 1s }
      """
            .formatted(
                deployment.name(),
                replicas,
                environment,
                Shell.python(),
                lab.evidence.resolve("workload.py"),
                lab.evidence)
        + checks;
  }
}
