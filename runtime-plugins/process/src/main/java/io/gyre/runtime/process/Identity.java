package io.gyre.runtime.process;

import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus.BoundPort;
import io.gyre.runtime.spi.Limits;
import io.gyre.runtime.spi.PortSpec;
import io.gyre.runtime.spi.Workload;
import java.io.IOException;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * What an instance was made with and keeps for life, as far as it isn't in its run.sh.
 *
 * @param path the PATH its programs are looked up in
 * @param directory where it runs
 */
record Identity(
    String id,
    String namespace,
    String deployment,
    long revision,
    String fingerprint,
    int port,
    int stopSignal,
    long graceMs,
    String program,
    String path,
    Path directory,
    @Nullable String user,
    Limits limits) {
  private static final String END = "complete";

  static Identity of(
      InstanceSpec spec, Workload.HostProcess process, RunScript script, int signal) {
    return new Identity(
        spec.id(),
        spec.namespace(),
        spec.deployment(),
        spec.revision(),
        spec.fingerprint(),
        script.port(),
        signal,
        spec.stopGrace().toMillis(),
        process.argv().getFirst(),
        script.path(),
        script.directory(),
        process.user(),
        spec.limits());
  }

  List<BoundPort> ports() {
    return List.of(new BoundPort("PORT", "127.0.0.1", port, port, PortSpec.Protocol.TCP));
  }

  String text() throws IOException {
    Properties properties = new Properties();
    properties.setProperty("id", id);
    properties.setProperty("namespace", namespace);
    properties.setProperty("deployment", deployment);
    properties.setProperty("revision", Long.toString(revision));
    properties.setProperty("fingerprint", fingerprint);
    properties.setProperty("port", Integer.toString(port));
    properties.setProperty("stop_signal", Integer.toString(stopSignal));
    properties.setProperty("grace_ms", Long.toString(graceMs));
    properties.setProperty("program", program);
    properties.setProperty("path", path);
    properties.setProperty("directory", directory.toString());
    put(properties, "user", user);
    put(properties, "cpu_millis", limits.cpuMillis());
    put(properties, "memory_bytes", limits.memoryBytes());
    put(properties, "memory_reservation_bytes", limits.memoryReservationBytes());
    StringWriter text = new StringWriter();
    properties.store(text, null);
    return text.append(END).append("=yes\n").toString();
  }

  private static void put(Properties properties, String key, @Nullable Object value) {
    if (value != null) {
      properties.setProperty(key, value.toString());
    }
  }

  /**
   * @throws IOException also where the file is torn
   */
  static Identity read(Path file) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
      return new Identity(
          need(properties, "id"),
          need(properties, "namespace"),
          need(properties, "deployment"),
          Long.parseLong(need(properties, "revision")),
          need(properties, "fingerprint"),
          Integer.parseInt(need(properties, "port")),
          Integer.parseInt(need(properties, "stop_signal")),
          Long.parseLong(need(properties, "grace_ms")),
          need(properties, "program"),
          need(properties, "path"),
          Path.of(need(properties, "directory")),
          properties.getProperty("user"),
          new Limits(
              number(properties, "cpu_millis"),
              number(properties, "memory_bytes"),
              number(properties, "memory_reservation_bytes")));
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " is damaged: " + e.getMessage(), e);
    }
  }

  private static String need(Properties properties, String key) throws IOException {
    List<String> missing = new ArrayList<>();
    for (String each : List.of(key, END)) {
      if (properties.getProperty(each) == null) {
        missing.add(each);
      }
    }
    if (!missing.isEmpty()) {
      throw new IOException("the file lacks " + missing);
    }
    return properties.getProperty(key);
  }

  private static @Nullable Long number(Properties properties, String key) {
    String value = properties.getProperty(key);
    return value == null ? null : Long.valueOf(value);
  }
}
