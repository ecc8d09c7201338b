package io.gyre.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Compares what is wanted with what the kernel says there is, and with what the API says of it.
 * Knows nothing of how Gyre comes to it.
 */
final class Checker {
  private final Gyre gyre;
  private final Reality reality;
  private final Workloads workloads;
  private final Expectations expectations;

  Checker(Gyre gyre, Reality reality, Workloads workloads, Expectations expectations) {
    this.expectations = expectations;
    this.gyre = gyre;
    this.reality = reality;
    this.workloads = workloads;
  }

  /** Empty where what there is is what is wanted, and Gyre says so. */
  List<String> differences(Map<String, Writer.Wanted> wanted) {
    List<String> found = new ArrayList<>();
    for (String component : Gyre.COMPONENTS) {
      if (!gyre.mark(component).ready()) {
        found.add(component + " is not ready");
      }
    }
    if (!found.isEmpty()) {
      return found;
    }
    Map<String, List<Reality.Main>> mains =
        reality.look().stream().collect(Collectors.groupingBy(Reality.Main::deployment));
    Map<String, Set<Long>> pids = new HashMap<>();
    Map<String, JsonNode> views = new HashMap<>();
    try {
      for (JsonNode instance : items("/v1/instances?limit=500")) {
        pids.computeIfAbsent(instance.path("deployment").asText(), name -> new TreeSet<>())
            .add(instance.path("pid").asLong());
      }
      for (JsonNode deployment : items("/v1/deployments?limit=500")) {
        views.put(deployment.path("name").asText(), deployment);
      }
      Map<String, String> versions = new HashMap<>();
      for (JsonNode plugin : items("/v1/plugins")) {
        if (plugin.path("state").asText().equals("serving")) {
          versions.put(plugin.path("runtime").asText(), plugin.path("version").asText());
        }
      }
      for (JsonNode runtime : items("/v1/runtimes")) {
        String state = runtime.path("state").asText();
        if (!state.equals("ready") && !state.equals("rejected")) {
          found.add("runtime " + runtime.path("name").asText() + " is " + state);
        }
      }
      expectations
          .versions()
          .forEach(
              (runtime, right) -> {
                String told = versions.getOrDefault(runtime, "missing");
                if (!right.contains(told)) {
                  found.add("runtime " + runtime + " should be of " + right + ", is " + told);
                }
              });
    } catch (IOException e) {
      found.add("the API: " + e);
      return found;
    }
    for (Workloads.Deployment deployment : workloads.all()) {
      String name = deployment.name();
      String difference =
          difference(
              Objects.requireNonNull(wanted.get(name)).states(),
              mains.getOrDefault(name, List.of()),
              pids.getOrDefault(name, Set.of()),
              views.get(name));
      if (!difference.isEmpty()) {
        found.add(name + " " + difference);
      }
    }
    Set<String> strangers = new HashSet<>(mains.keySet());
    workloads.all().forEach(deployment -> strangers.remove(deployment.name()));
    if (!strangers.isEmpty()) {
      found.add("nobody asked for " + strangers);
    }
    return found;
  }

  private Iterable<JsonNode> items(String path) throws IOException {
    Gyre.Answer answer = gyre.get(path);
    if (!answer.ok()) {
      throw new IOException("GET " + path + " answers " + answer.status() + " " + answer.body());
    }
    return answer.body().path("items");
  }

  private static String difference(
      Set<Writer.State> wanted, List<Reality.Main> mains, Set<Long> told, @Nullable JsonNode view) {
    Set<Long> pids = mains.stream().map(Reality.Main::pid).collect(Collectors.toSet());
    Set<String> marks = mains.stream().map(Reality.Main::mark).collect(Collectors.toSet());
    if (wanted.stream()
        .noneMatch(
            state ->
                pids.size() == state.replicas()
                    && marks.stream().allMatch(mark -> mark.equals(state.mark())))) {
      return "should be one of " + wanted + ", but there are " + mains;
    }
    if (!told.equals(pids)) {
      return "has the processes " + new TreeSet<>(pids) + ", the API says " + told;
    }
    if (view == null
        || !view.path("phase").asText().equals("running")
        || view.path("ready").asInt() != pids.size()
        || view.path("replicas").asInt() != pids.size()) {
      return "runs, but the API says "
          + (view == null
              ? "nothing of it"
              : view.path("phase").asText()
                  + ", "
                  + view.path("ready").asInt()
                  + "/"
                  + view.path("replicas").asInt()
                  + " ready: "
                  + view.path("message").asText());
    }
    return "";
  }
}
