package io.gyre.runtime.process;

import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.Workload;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The shell script that becomes the workload: it sets the environment, changes the directory and
 * executes. The keeper reads it in a fork of itself; for a command beside the main process it is
 * run with that command as arguments.
 *
 * <p>The workload gets a session of its own, and all signals as they are by default: a shell has
 * its background children ignore INT and QUIT.
 */
final class RunScript {
  private final Map<String, String> environment;
  private final List<String> argv;
  private final Path directory;
  private final @Nullable Users user;
  private final @Nullable Path secrets;

  private RunScript(
      Map<String, String> environment,
      List<String> argv,
      Path directory,
      @Nullable Users user,
      @Nullable Path secrets) {
    this.environment = environment;
    this.argv = argv;
    this.directory = directory;
    this.user = user;
    this.secrets = secrets;
  }

  /**
   * @param port for PORT, unless the spec sets it
   * @param handle HOST/ID, by which its processes are found
   * @param mounts where the links to what is mounted are
   * @param secrets where its secrets are; null: it has none
   */
  static RunScript of(
      InstanceSpec spec,
      Workload.HostProcess process,
      Path directory,
      @Nullable Users user,
      int port,
      String handle,
      Path mounts,
      @Nullable Path secrets) {
    Map<String, String> environment = new LinkedHashMap<>(Machine.baseEnvironment());
    environment.put(
        "HOME",
        user != null
            ? user.home()
            : Optional.ofNullable(System.getenv("HOME")).orElse(System.getProperty("user.home")));
    if (user != null && user.name() != null) {
      environment.put("USER", user.name());
    }
    environment.put("PORT", Integer.toString(port));
    environment.putAll(spec.environment());
    environment.putAll(Mounts.environment(spec, mounts));
    environment.put("GYRE_INSTANCE", spec.id());
    environment.put("GYRE_NAMESPACE", spec.namespace());
    environment.put("GYRE_DEPLOYMENT", spec.deployment());
    environment.put("GYRE_REVISION", Long.toString(spec.revision()));
    environment.put("GYRE_HANDLE", handle);
    return new RunScript(environment, process.argv(), directory, user, secrets);
  }

  String path() {
    return environment.getOrDefault("PATH", "");
  }

  Path directory() {
    return directory;
  }

  int port() {
    return Integer.parseInt(environment.getOrDefault("PORT", "0").strip());
  }

  String text() throws RuntimeFailure {
    StringBuilder text = new StringBuilder("#!/bin/sh\nunset GYRE_KEEPER\n");
    environment.forEach(
        (name, value) ->
            text.append("export ")
                .append(name)
                .append('=')
                .append(Shell.quote(value))
                .append('\n'));
    if (secrets != null) {
      // Never without: what comes back after a boot waits until the host has made it again.
      String file = Shell.quote(secrets.resolve("env").toString());
      text.append("[ -r ").append(file).append(" ] || {\n");
      text.append("  echo 'gyre: the secrets of this instance are not there' >&2\n  exit 75\n}\n");
      text.append(". ").append(file).append('\n');
    }
    text.append("cd -- ")
        .append(Shell.quote(directory.toString()))
        .append(" || exit 126\nunset OLDPWD\n");
    text.append("[ $# -gt 0 ] || set -- ").append(Shell.quote(argv)).append('\n');
    text.append("exec ").append(Shell.quote(Machine.tool("env")));
    text.append(" --default-signal ");
    text.append(Shell.quote(Machine.tool("setsid"))).append(" -- ");
    if (user != null) {
      text.append(Shell.quote(user.setpriv(Machine.tool("setpriv")))).append(' ');
    }
    return text.append("\"$@\"\n").toString();
  }
}
