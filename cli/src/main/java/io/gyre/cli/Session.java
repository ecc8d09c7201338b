package io.gyre.cli;

import java.io.BufferedOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** All that one run of the command line sees of the world. One thread, but for {@code err}. */
final class Session {
  private final Map<String, String> environment;
  private final InputStream in;
  private final PrintStream out;
  private final PrintStream err;
  private final LongSupplier clock;
  private final Style style;
  private @Nullable Api api;
  private Contexts.@Nullable Context context;
  private boolean contextRead;
  private boolean onHost;

  /**
   * @param clock milliseconds since 1970
   */
  Session(
      Map<String, String> environment,
      InputStream in,
      OutputStream out,
      OutputStream err,
      LongSupplier clock) {
    this.environment = environment;
    this.in = in;
    this.out =
        new PrintStream(new BufferedOutputStream(out, 1 << 13), false, StandardCharsets.UTF_8);
    this.err = new PrintStream(err, true, StandardCharsets.UTF_8);
    this.clock = clock;
    this.style = Style.of(environment);
  }

  Map<String, String> environment() {
    return environment;
  }

  /** The value of the variable; empty where it is unset. */
  String variable(String name) {
    return environment.getOrDefault(name, "").strip();
  }

  InputStream in() {
    return in;
  }

  /** Buffered: flush what somebody waits for. */
  PrintStream out() {
    return out;
  }

  PrintStream err() {
    return err;
  }

  Style style() {
    return style;
  }

  boolean terminal() {
    return Style.terminal(environment);
  }

  long nowMs() {
    return clock.getAsLong();
  }

  Path home() {
    String home = variable("GYRE_HOME");
    return home.isEmpty()
        ? Path.of(System.getProperty("user.home"), ".local", "share", "gyre")
        : Path.of(home).toAbsolutePath().normalize();
  }

  /** The configuration of all components, whether it is there or not. */
  Path configFile() {
    String config = variable("GYRE_CONFIG");
    return config.isEmpty()
        ? home().resolve("gyre.yaml")
        : Path.of(config).toAbsolutePath().normalize();
  }

  /** Whatever the context in use: what follows is for this host. */
  void onHost() {
    onHost = true;
  }

  /** The context in use, unless the command is for this host or the environment names an API. */
  Optional<Contexts.Context> context() {
    if (!contextRead && !onHost && variable("GYRE_API").isEmpty()) {
      context = Contexts.current(this).orElse(null);
      contextRead = true;
    }
    return Optional.ofNullable(context);
  }

  /**
   * @param given the value of {@code --namespace}, empty where it wasn't given
   */
  String namespace(String given) {
    if (!given.isEmpty()) {
      return given;
    }
    String usual = context().map(Contexts.Context::namespace).orElse("");
    return usual.isEmpty() ? DeploymentRef.DEFAULT_NAMESPACE : usual;
  }

  /** The deployment of that name, in the usual namespace where none is named. */
  DeploymentRef ref(String text, String namespace) {
    return DeploymentRef.parse(text, namespace, namespace(""));
  }

  Api api() {
    Api known = api;
    if (known == null) {
      known = Api.of(this);
      api = known;
    }
    return known;
  }

  /** Looks up address and token anew: they may have come into being since. */
  Api freshApi() {
    api = null;
    return api();
  }

  void line(String text) {
    out.print(text);
    out.print('\n');
  }

  void lines(List<String> lines) {
    for (String line : lines) {
      line(line);
    }
  }

  void note(String text) {
    out.flush();
    err.print(text + "\n");
  }

  /**
   * Whether whoever reads the output still does; flushes it. The end of a pipeline such as {@code
   * gyre logs -f web | head} is not a failure.
   */
  boolean read() {
    return !out.checkError();
  }
}
