package io.gyre.reconciler.health;

import io.gyre.model.HealthCheck;
import io.gyre.model.InstanceRecord;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;

/** Carries out a single probe on the calling thread, within the check's timeout. Thread-safe. */
final class Probes {
  private final ExecProbe exec;

  Probes(ExecProbe exec) {
    this.exec = exec;
  }

  ProbeResult probe(HealthCheck check, InstanceRecord instance) {
    int timeout = (int) Math.min(Integer.MAX_VALUE, Math.max(1, check.timeout().toMillis()));
    return switch (check.probe()) {
      case HealthCheck.Probe.Tcp tcp -> tcp(instance, tcp.port(), timeout);
      case HealthCheck.Probe.Http http -> HttpProbe.run(instance, http, timeout);
      case HealthCheck.Probe.Command command -> exec.run(instance.id(), command.command(), timeout);
    };
  }

  private static ProbeResult tcp(InstanceRecord instance, int port, int timeoutMs) {
    String host = Addresses.of(instance);
    int target = port == 0 ? Addresses.ownPort(instance) : port;
    if (target == 0) {
      return ProbeResult.failed("the instance has no port of its own; name one in the check");
    }
    HttpProbe.Deadline deadline = new HttpProbe.Deadline(timeoutMs);
    try (Socket socket = new Socket()) {
      socket.connect(Addresses.resolve(host, target, deadline), deadline.leftMs());
      return ProbeResult.passed("connected to " + host + ":" + target);
    } catch (SocketTimeoutException e) {
      return ProbeResult.failed(
          "connect to " + host + ":" + target + ": no answer within " + timeoutMs + " ms");
    } catch (IOException e) {
      return ProbeResult.failed("connect to " + host + ":" + target + ": " + e.getMessage());
    }
  }
}
