package io.gyre.runtime.testkit;

import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.Limits;
import io.gyre.runtime.spi.Mount;
import io.gyre.runtime.spi.PortSpec;
import io.gyre.runtime.spi.RestartPolicy;
import io.gyre.runtime.spi.Workload;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Makes specs that differ from a plain one in what a test is about. */
public final class SpecBuilder {
  private String id;
  private Workload workload;
  private final Map<String, String> environment = new HashMap<>();
  private List<Mount> mounts = List.of();
  private List<PortSpec> ports = List.of();
  private Limits limits = Limits.NONE;
  private boolean hostNetwork;
  private String stopSignal = "SIGTERM";
  private Duration stopGrace = Duration.ofSeconds(5);
  private RestartPolicy restartPolicy = RestartPolicy.WORKER;

  SpecBuilder(String id, String mark, Workload workload) {
    this.id = id;
    this.workload = workload;
    environment.put(MarkedProcesses.VARIABLE, mark);
  }

  public SpecBuilder id(String value) {
    id = value;
    return this;
  }

  public SpecBuilder workload(Workload value) {
    workload = value;
    return this;
  }

  public SpecBuilder environment(String name, String value) {
    environment.put(name, value);
    return this;
  }

  public SpecBuilder mounts(Mount... values) {
    mounts = List.of(values);
    return this;
  }

  public SpecBuilder ports(PortSpec... values) {
    ports = List.of(values);
    return this;
  }

  public SpecBuilder limits(Limits value) {
    limits = value;
    return this;
  }

  public SpecBuilder hostNetwork() {
    hostNetwork = true;
    return this;
  }

  public SpecBuilder stop(String signal, Duration grace) {
    stopSignal = signal;
    stopGrace = grace;
    return this;
  }

  public SpecBuilder restart(RestartPolicy value) {
    restartPolicy = value;
    return this;
  }

  public InstanceSpec build() {
    return new InstanceSpec(
        id,
        "testing",
        "contract",
        7,
        workload,
        environment,
        mounts,
        ports,
        Map.of("team", "testkit"),
        limits,
        hostNetwork,
        stopSignal,
        stopGrace,
        restartPolicy,
        "fingerprint-of-" + id);
  }
}
