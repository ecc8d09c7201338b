package io.gyre.component;

import io.gyre.model.Component;
import io.gyre.model.GyreException;
import io.gyre.model.Violation;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Says what is wrong with a configuration file, or what it means; touches nothing. What {@code gyre
 * config check} runs.
 */
public final class ConfigCheck {
  private ConfigCheck() {}

  /** With the file as argument, or without one for that of the data root. */
  public static void main(String[] arguments) {
    Path file =
        arguments.length > 0
            ? Path.of(arguments[0]).toAbsolutePath().normalize()
            : Home.resolve(System.getenv()).configFile();
    Runtime.getRuntime().halt(run(file, arguments.length > 0, System.out, System.err));
  }

  /**
   * @param required whether the file must be there
   * @return the exit code
   */
  static int run(Path file, boolean required, PrintStream out, PrintStream err) {
    if (required && !Files.exists(file)) {
      err.println("error: there is no file " + file);
      return 1;
    }
    try {
      print(file, GyreConfig.load(file), out);
      return 0;
    } catch (GyreException e) {
      for (Violation violation : e.violations()) {
        err.println(violation.text());
      }
      err.println("error: " + e.getMessage());
      err.println("  as long as it stays so, the last good configuration is in use");
      return 1;
    } finally {
      out.flush();
    }
  }

  private static void print(Path file, GyreConfig config, PrintStream out) {
    Map<String, String> defaults =
        GyreConfig.parse("", "").settings().stream()
            .collect(Collectors.toMap(ConfigSetting::key, ConfigSetting::value));
    int keys = config.settings().stream().mapToInt(s -> s.key().length()).max().orElse(0);
    int values = config.settings().stream().mapToInt(s -> s.value().length()).max().orElse(0);
    String format = "%-" + keys + "s   %-" + Math.max(values, 1) + "s   %-7s   %s%n";
    out.println(Files.exists(file) ? file + ": good" : file + ": not there, all is default");
    out.println();
    for (ConfigSetting setting : config.settings()) {
      boolean isDefault = setting.value().equals(defaults.get(setting.key()));
      out.printf(
          format,
          setting.key(),
          setting.value(),
          isDefault ? "default" : "set",
          setting.live()
              ? "takes effect at once"
              : "takes effect with the next start of "
                  + setting.components().stream()
                      .map(Component::id)
                      .sorted()
                      .collect(Collectors.joining(", ")));
    }
  }
}
