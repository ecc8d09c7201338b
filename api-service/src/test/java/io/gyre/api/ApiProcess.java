package io.gyre.api;

import io.gyre.component.Home;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * An API in a process of its own, which it asks for one change by a bare socket: nothing but the
 * API itself loads classes, and what kills it kills nobody else.
 */
final class ApiProcess {
  private ApiProcess() {}

  /** Home, and the manifest. */
  public static void main(String[] arguments) throws Exception {
    Home home = new Home(Path.of(arguments[0]));
    home.create();
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
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(each -> each.startsWith("--add") || each.startsWith("--enable"))
        .forEach(command::add);
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xlog:class+load:file=" + loaded,
            "-Dgyre.failpoints=" + failpoints,
            "-cp",
            System.getProperty("java.class.path"),
            ApiProcess.class.getName(),
            home.toString(),
            manifest));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start()
        .waitFor();
  }
}
