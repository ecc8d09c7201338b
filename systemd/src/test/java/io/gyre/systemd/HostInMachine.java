package io.gyre.systemd;

import io.gyre.runtime.process.ProcessRuntimePlugin;
import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.InstanceStatus.State;
import io.gyre.runtime.spi.Limits;
import io.gyre.runtime.spi.RestartPolicy;
import io.gyre.runtime.spi.Workload;
import io.gyre.runtime.spi.WorkloadRuntime;
import io.gyre.runtime.testkit.TestRuntimeContext;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A host with nothing but the process runtime, which does what it is told and dies on the spot. */
final class HostInMachine {
  private static final Set<State> SETTLED = Set.of(State.RUNNING, State.EXITED, State.STOPPED);

  private HostInMachine() {}

  /**
   * @param args state directory, setting of systemd, then {@code start}, {@code stop} or {@code
   *     once} with an id each; prints all instances when they have settled, as {@code ID STATE PID
   *     RESTARTS}
   */
  public static void main(String[] args) throws Exception {
    TestRuntimeContext context =
        new TestRuntimeContext(Path.of(args[0]), Map.of("systemd", args[1]), "inmachine");
    WorkloadRuntime runtime = new ProcessRuntimePlugin().open(context);
    for (int i = 2; i < args.length; i += 2) {
      String id = args[i + 1];
      switch (args[i]) {
        case "start" -> runtime.start(spec(id, RestartPolicy.WORKER));
        case "once" -> runtime.start(spec(id, RestartPolicy.NEVER));
        case "stop" -> runtime.stop(id);
        default -> throw new IllegalArgumentException(args[i]);
      }
    }
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    List<InstanceStatus> all = runtime.list();
    while (System.nanoTime() < end
        && !all.stream().map(InstanceStatus::state).allMatch(SETTLED::contains)) {
      Thread.sleep(20);
      all = runtime.list();
    }
    for (InstanceStatus status : all) {
      System.out.println(
          status.id() + " " + status.state() + " " + status.pid() + " " + status.restarts());
    }
    System.out.flush();
    Runtime.getRuntime().halt(0);
  }

  private static InstanceSpec spec(String id, RestartPolicy policy) {
    return new InstanceSpec(
        id,
        "default",
        "sleeper",
        1,
        new Workload.HostProcess(List.of("sleep", "86400"), null, null),
        Map.of(),
        List.of(),
        List.of(),
        Map.of(),
        Limits.NONE,
        false,
        "SIGTERM",
        Duration.ofSeconds(5),
        policy,
        "fingerprint");
  }
}
