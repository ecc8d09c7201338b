package io.gyre.api;

import io.gyre.component.ApiDoor;
import io.gyre.component.Home;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * An API in a process of its own, which it asks for one change by a bare socket: nothing but the
 * API itself loads classes, and what kills it kills nobody else.
 */
final class ApiProcess {
  /** How it ends at a failpoint. */
  static final int KILLED = 137;

  /** Longer than anybody lets it serve. */
  private static final Duration LONG = Duration.ofMinutes(1);

  private ApiProcess() {}

  /** Home, and the manifest; without one it serves. */
  public static void main(String[] arguments) throws Exception {
    Home home = new Home(Path.of(arguments[0]));
    home.create();
    if (arguments.length == 1) {
      serve(home);
    }
    try (ApiServer api = Api.launch(home, 0)) {
      String token = Files.readString(home.adminTokenFile()).strip();
      int port = URI.create(api.address()).getPort();
      String answer = apply(port, token, arguments[1]);
      if (!answer.startsWith("HTTP/1.1 200")) {
        throw new IllegalStateException(answer);
      }
    }
    System.exit(0);
  }

  private static void serve(Home home) throws Exception {
    ApiDoor usual = ApiDoor.DEFAULT;
    ApiDoor door =
        new ApiDoor(
            usual.hosts(),
            usual.origins(),
            usual.limits(),
            usual.audit(),
            null,
            List.of("127.0.0.1/32"),
            "");
    try (ApiServer _ = Api.launch(home, door)) {
      Thread.sleep(LONG);
    }
    System.exit(1);
  }

  private static String apply(int port, String token, String manifest) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket
          .getOutputStream()
          .write(
              """
              POST /v1/apply HTTP/1.1\r
              Host: localhost\r
              Authorization: Bearer %s\r
              Content-Type: application/yaml\r
              Content-Length: %d\r
              Connection: close\r
              \r
              %s"""
                  .formatted(token, manifest.length(), manifest)
                  .getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /**
   * Runs one to its end.
   *
   * @param loaded the file that takes what classes were loaded
   */
  static int run(Path home, Path failpoints, Path loaded, Path log, String manifest)
      throws Exception {
    return run(
        failpoints, log, List.of("-Xlog:class+load:file=" + loaded), home.toString(), manifest);
  }

  /** Runs one that serves until it is killed, webhooks to this host included. */
  static int serve(Path home, Path failpoints, Path log) throws Exception {
    return run(failpoints, log, List.of(), home.toString());
  }

  private static int run(Path failpoints, Path log, List<String> options, String... arguments)
      throws Exception {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(each -> each.startsWith("--add") || each.startsWith("--enable"))
        .forEach(command::add);
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            // Starts are what takes the time.
            "-XX:+UnlockDiagnosticVMOptions",
            "-XX:-BytecodeVerificationRemote",
            "-Dgyre.failpoints=" + failpoints,
            "-cp",
            System.getProperty("java.class.path"),
            ApiProcess.class.getName()));
    command.addAll(command.size() - 3, options);
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start()
        .waitFor();
  }
}
