package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/**
 * How far one deployment is on its way to what was applied.
 *
 * @param generation what was applied
 * @param revision what was applied, 0: whatever is wanted
 * @param deployment as the API shows it; empty object where it is gone
 * @param instances all of it
 */
record Progress(
    DeploymentRef ref,
    long generation,
    long revision,
    JsonNode deployment,
    List<JsonNode> instances) {

  /** Whether what is shown speaks of what was applied, or of something later. */
  private boolean current() {
    return Json.number(deployment, "observed_generation") >= generation;
  }

  boolean gone() {
    return deployment.isEmpty() || Json.flag(deployment, "deleted");
  }

  /** Whether an earlier revision serves in the place of what was applied. */
  boolean rolledBack() {
    return !gone()
        && current()
        && revision > 0
        && (Json.number(deployment, "revision") < revision
            || (Json.number(deployment, "revision") == revision
                && Json.text(deployment, "reason").equals("rolled_back")));
  }

  /** Whether a health check, or somebody, has stopped it since. */
  boolean halted() {
    return !gone() && current() && Json.flag(deployment, "stopped");
  }

  boolean done() {
    String phase = Json.text(deployment, "phase");
    return current()
        && !gone()
        && !rolledBack()
        && ((phase.equals("running") && !job())
            || scheduled()
            || phase.equals("completed")
            || (phase.equals("stopped") && Json.number(deployment, "replicas") == 0));
  }

  boolean job() {
    return deployment.path("job").isObject();
  }

  /** Whether it runs when its time has come, so that nothing is to be waited for. */
  private boolean scheduled() {
    return deployment.path("job").path("schedule").isObject();
  }

  /** Whether it is a job whose last run has ended otherwise than well. */
  boolean jobFailed() {
    String phase = Json.text(deployment, "phase");
    return job()
        && current()
        && !gone()
        && !scheduled()
        && (phase.equals("failed") || phase.equals("stopped"));
  }

  /** Whether the wanted revision itself fails; old instances that still do don't count. */
  boolean failing() {
    String phase = Json.text(deployment, "phase");
    if (job() || !current() || !(phase.equals("failed") || phase.equals("crash_looping"))) {
      return false;
    }
    boolean any = false;
    for (JsonNode instance : instances) {
      if (wanted(instance)) {
        any = true;
        if (broken(instance)) {
          return true;
        }
      }
    }
    return !any && phase.equals("failed");
  }

  private boolean wanted(JsonNode instance) {
    return Json.text(instance, "revision").equals(Json.text(deployment, "revision"))
        && !Json.flag(instance, "removing");
  }

  /** Whether it cannot be started or ends again and again. */
  static boolean broken(JsonNode instance) {
    return switch (Json.text(instance, "state")) {
      case "failed", "crash_looping", "backing_off" -> true;
      default -> false;
    };
  }

  String phase() {
    return gone() ? "gone" : current() ? Json.text(deployment, "phase") : "pending";
  }

  String ready() {
    return Describe.count(deployment);
  }

  /** Why it isn't done; empty when it is. */
  String waitingFor() {
    if (done()) {
      return "";
    }
    if (gone()) {
      return "it was deleted";
    }
    if (!current()) {
      return "the reconciler";
    }
    if (rolledBack()) {
      return "revision " + revision + " failed and was rolled back";
    }
    String own = Describe.reason(deployment);
    if (!own.isEmpty()) {
      return own;
    }
    for (JsonNode instance : instances) {
      if (wanted(instance) && !Json.flag(instance, "ready")) {
        String why = Describe.reason(instance);
        return Json.text(instance, "id")
            + " "
            + Json.text(instance, "state")
            + (why.isEmpty() ? "" : ": " + why);
      }
    }
    for (JsonNode instance : instances) {
      if (!wanted(instance)) {
        return Json.text(instance, "id") + " to end";
      }
    }
    return "its instances";
  }
}
