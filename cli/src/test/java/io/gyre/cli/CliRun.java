package io.gyre.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Runs the command line in this JVM, at a fixed time. */
final class CliRun {
  /** 2026-11-20T18:00:00Z. */
  static final long NOW = 1_795_197_600_000L;

  /** How a run ended. */
  record Result(int exit, String out, String err) {}

  private final Map<String, String> environment = new HashMap<>();
  private byte[] stdin = new byte[0];
  private boolean realTime;

  CliRun(Path home) {
    environment.put("GYRE_HOME", home.toString());
  }

  CliRun api(FakeApi api) {
    return with("GYRE_API", api.address()).with("GYRE_TOKEN", FakeApi.TOKEN);
  }

  CliRun with(String name, String value) {
    environment.put(name, value);
    return this;
  }

  CliRun without(String name) {
    environment.remove(name);
    return this;
  }

  CliRun stdin(byte[] bytes) {
    stdin = bytes;
    return this;
  }

  /** For commands that wait. */
  CliRun realTime() {
    realTime = true;
    return this;
  }

  Result run(String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exit =
        GyreCli.run(
            args,
            environment,
            new ByteArrayInputStream(stdin),
            out,
            err,
            realTime ? System::currentTimeMillis : () -> NOW);
    return new Result(
        exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  Map<String, String> environment() {
    return environment;
  }
}
