package io.gyre.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/** What is planted, and every form in which it might show. */
record Planted(String value) {
  static Planted fresh() {
    byte[] random = new byte[18];
    new SecureRandom().nextBytes(random);
    return new Planted("It's $x \"%s\" & \u00fc!".formatted(HexFormat.of().formatHex(random)));
  }

  List<String> forms() {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    String core = value.substring(9, 45);
    return List.of(
        core,
        Base64.getEncoder().withoutPadding().encodeToString(bytes).substring(0, 60),
        Base64.getEncoder().encodeToString(core.getBytes(StandardCharsets.UTF_8)),
        HexFormat.of().formatHex(bytes),
        HexFormat.of().withUpperCase().formatHex(bytes),
        HexFormat.of().formatHex(core.getBytes(StandardCharsets.UTF_8)),
        URLEncoder.encode(value, StandardCharsets.UTF_8));
  }

  String sha256() throws Exception {
    return HexFormat.of()
        .formatHex(
            MessageDigest.getInstance("SHA-256").digest(value.getBytes(StandardCharsets.UTF_8)));
  }

  /** Has the files only, and prints on its signal what is in them and whose they are. */
  static String heeding(String name, String runs, String root) {
    String script =
        "trap 'sha256sum <ROOT/all/password; sha256sum <ROOT/one;"
            + " stat -c %u:%a ROOT/all/password ROOT/one' HUP;"
            + " trap 'exit 0' TERM; echo here; while :; do sleep 0.1; done";
    return """

          NAME:
            RUNS
            volumes:
              - { type: secret, source: planted, destination: /all }
              - { type: secret, source: planted, key: password, destination: /one }
            on_config_change: signal
        """
        .replace("NAME", name)
        .replace("RUNS", runs.replace("%s", script.replace("ROOT", root)));
  }

  /** Neither in the files of Gyre nor in what anybody sees of its processes. */
  static void assertNowhere(Gyre gyre, Path outside, List<String> forms) throws Exception {
    Path patterns = outside.resolve("patterns");
    Files.write(patterns, forms);
    assertThat(DockerSystemTest.output("grep -rlaF -f " + patterns + " " + gyre.home))
        .as("files under the data root")
        .isEmpty();
    try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        try {
          String line = Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1);
          assertThat(forms).as(process + " " + line).noneMatch(line::contains);
        } catch (IOException e) {
          // It has ended.
        }
      }
    }
    for (String component : Gyre.COMPONENTS) {
      String environment =
          Files.readString(
              Path.of("/proc/" + gyre.pid(component) + "/environ"), StandardCharsets.ISO_8859_1);
      assertThat(forms).noneMatch(environment::contains);
    }
  }
}
