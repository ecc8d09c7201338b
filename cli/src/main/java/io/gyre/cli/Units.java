package io.gyre.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The units of systemd that the components are, where systemd runs them. */
final class Units {
  /**
   * @param exit of the command
   * @param said on standard output and error
   */
  record Said(int exit, String said) {}

  private Units() {}

  /** Whether systemd runs the Gyre of this data root; says no where nothing of it runs. */
  static boolean inCharge(Marks marks) {
    return marks.live().stream().anyMatch(Marks.Mark::ofSystemd);
  }

  static String name(String component) {
    if (component.equals(Marks.SUPERVISOR)) {
      throw new CliFailure(
          Exit.NOT_FOUND, "systemd runs this Gyre, so there is no supervisor", null);
    }
    return "gyre-" + component + ".service";
  }

  /** Properties of the component's unit, empty where systemd does not tell. */
  static Map<String, String> show(String component, String... properties) {
    Map<String, String> found = new LinkedHashMap<>();
    Said shown = run("systemctl", "show", "-p", String.join(",", properties), name(component));
    if (shown.exit() == 0) {
      for (String line : shown.said().lines().toList()) {
        int equals = line.indexOf('=');
        if (equals > 0) {
          found.put(line.substring(0, equals), line.substring(equals + 1));
        }
      }
    }
    return found;
  }

  static Said run(String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Said(process.waitFor(), said.strip());
    } catch (IOException e) {
      return new Said(127, String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Said(130, "interrupted");
    }
  }

  /** Hands its output on as it comes. */
  static int pass(Session session, String... command) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of(command));
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    process.getOutputStream().close();
    try (var in = process.getInputStream()) {
      byte[] buffer = new byte[8192];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        session.out().write(buffer, 0, read);
        if (!session.read()) {
          process.destroy();
          return Exit.OK;
        }
      }
    }
    return process.waitFor();
  }
}
