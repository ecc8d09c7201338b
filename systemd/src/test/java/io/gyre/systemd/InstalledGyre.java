package io.gyre.systemd;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Gyre as it is installed on a machine, used as its administrator does. */
final class InstalledGyre {
  static final List<String> UNITS =
      List.of("gyre-api.service", "gyre-reconciler.service", "gyre-runtime.service");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Machine machine;

  InstalledGyre(Machine machine) {
    this.machine = machine;
  }

  /** From the checkout or release of this test. */
  Machine.Result install(String... options) throws Exception {
    return installFrom("/src", options);
  }

  Machine.Result installFrom(String tree, String... options) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                "env",
                "GYRE_NO_BUILD=1",
                "GYRE_JAVA_HOME=" + System.getProperty("java.home"),
                tree + "/gyre",
                "install"));
    command.addAll(List.of(options));
    return machine.run(command.toArray(String[]::new));
  }

  Machine.Result run(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("gyre"));
    command.addAll(List.of(arguments));
    return machine.run(command.toArray(String[]::new));
  }

  void apply(String manifest) throws Exception {
    Files.writeString(machine.file("root/manifest.yaml"), manifest);
    run("apply", "-f", "/root/manifest.yaml", "--wait", "--timeout", "60s").ok();
  }

  String token() throws IOException {
    return Files.readString(machine.file("var/lib/gyre/admin-token")).strip();
  }

  JsonNode get(String path) throws Exception {
    String token = token();
    return machine.inNetwork(
        () -> {
          HttpURLConnection connection =
              (HttpURLConnection)
                  URI.create("http://127.0.0.1:7070" + path).toURL().openConnection();
          connection.setConnectTimeout(10_000);
          connection.setReadTimeout(30_000);
          connection.setRequestProperty("Authorization", "Bearer " + token);
          connection.setRequestProperty("Connection", "close");
          try (var body = connection.getInputStream()) {
            return JSON.readTree(body);
          }
        });
  }

  /** Instance id to pid, of what runs. */
  Map<String, Long> pids(String deployment) throws Exception {
    Map<String, Long> pids = new TreeMap<>();
    for (JsonNode instance :
        get("/v1/instances?namespace=default&limit=500&deployment=" + deployment).path("items")) {
      if (instance.path("state").asText().equals("running")) {
        pids.put(instance.path("id").asText(), instance.path("pid").asLong());
      }
    }
    return pids;
  }

  boolean running(String deployment, int replicas) throws Exception {
    JsonNode seen = get("/v1/namespaces/default/deployments/" + deployment);
    return seen.path("phase").asText().equals("running") && seen.path("ready").asInt() == replicas;
  }

  /** Whether every pid of the map is a live process of the machine. */
  boolean alive(Map<String, Long> pids) {
    return pids.values().stream().allMatch(pid -> Files.exists(machine.file("proc/" + pid)));
  }

  long mainPid(String unit) throws Exception {
    return Long.parseLong(machine.unit(unit, "MainPID"));
  }

  void awaitReady() throws Exception {
    for (String unit : UNITS) {
      Machine.await(() -> ready(unit), unit + " is ready");
    }
  }

  boolean ready(String unit) throws Exception {
    return machine.unit(unit, "ActiveState").equals("active");
  }

  static long median(List<Long> values) {
    List<Long> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2);
  }
}
