package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "logs",
    description = "Print what an instance, or all instances of a deployment, wrote.")
final class LogsCommand extends GyreCommand {
  private static final long RECONNECT_LIMIT_MS = 10_000;

  @Parameters(paramLabel = "NAME|INSTANCE", description = "A deployment or an instance.")
  String name = "";

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description = "The namespace; \"default\" if not given.")
  String namespace = "";

  @Option(
      names = {"-f", "--follow"},
      description = "Go on with every new line until interrupted.")
  boolean follow;

  @Option(
      names = "--tail",
      paramLabel = "N",
      description = "Begin with the last N lines; -1 for all. Default: 100, or all with --since.")
  @Nullable Integer tail;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description =
          "Only lines younger than this: 10m, 1h30m, or a time such as 2026-11-20T17:40:00Z.")
  String since = "";

  @Option(
      names = {"-t", "--timestamps"},
      description = "Begin each line with its time (UTC).")
  boolean timestamps;

  private boolean prefix;
  private String lastAt = "";

  /** The lines of {@link #lastAt}, which a resumed stream repeats. */
  private final List<String> atLast = new ArrayList<>();

  private final List<String> repeated = new ArrayList<>();

  LogsCommand(Session session) {
    super(session);
  }

  @Override
  int run() {
    if (tail != null && tail < -1) {
      throw CliFailure.usage("--tail " + tail + " is not a number of lines", null);
    }
    String from = since();
    String path = path();
    if (follow) {
      follow(path, from);
      return Exit.OK;
    }
    JsonNode page = api().get(path + query(tail, from));
    page.path("items").forEach(this::print);
    page.path("errors").forEach(this::trouble);
    return page.path("errors").isEmpty() ? Exit.OK : Exit.FAILED;
  }

  /** The log of one of several instances that cannot be had. */
  private void trouble(JsonNode failure) {
    session().note(Json.text(failure, "instance") + ": " + Json.text(failure, "message"));
  }

  /** As the API takes it: a time, or an age in one unit. */
  private String since() {
    Long age = Times.durationMs(since);
    if (age != null) {
      return age % 1000 == 0 ? age / 1000 + "s" : age + "ms";
    }
    if (!since.isEmpty() && Times.epochMs(since) < 0) {
      throw CliFailure.usage(
          "--since " + since + " is neither a duration nor a time",
          "write it as 10m, 1h30m or 2026-11-20T17:40:00Z");
    }
    return since;
  }

  private String path() {
    Lookup.Found found = new Lookup(session(), namespace).any(name);
    if (found.instance() != null) {
      return Lookup.instancePath(Json.text(found.instance(), "id")) + "/logs";
    }
    DeploymentRef ref = session().ref(name, namespace);
    prefix = found.deployment() != null && Json.number(found.deployment(), "replicas") > 1;
    boolean job = found.deployment() != null && found.deployment().path("job").isObject();
    prefix |=
        found.deployment() != null
            && Json.number(
                    job ? found.deployment().path("job") : found.deployment(),
                    job ? "completions" : "total")
                > 1;
    return ref.path() + "/logs";
  }

  private String query(@Nullable Integer lines, String from) {
    StringBuilder query = new StringBuilder();
    if (lines != null) {
      query.append("&tail=").append(lines.intValue());
    }
    if (!from.isEmpty()) {
      query.append("&since=").append(Api.encode(from));
    }
    if (follow) {
      query.append("&follow=true");
    }
    return query.isEmpty() ? "" : "?" + query.substring(1);
  }

  /** A stream that broke is resumed once; one that brought lines since may be resumed again. */
  private void follow(String path, String from) {
    String query = query(tail, from);
    boolean resumed = false;
    while (true) {
      String before = lastAt;
      try (InputStream stream = resumed ? reopen(path + query) : api().events(path + query, null)) {
        if (ServerSentEvents.read(stream, this::event)) {
          return;
        }
      } catch (IOException e) {
        if (resumed && before.equals(lastAt)) {
          throw new CliFailure(Exit.UNREACHABLE, "the log stream broke", "gyre status");
        }
      }
      if (resumed && before.equals(lastAt)) {
        return;
      }
      resumed = true;
      query = lastAt.isEmpty() ? query : query(-1, lastAt);
      repeated.clear();
      repeated.addAll(atLast);
    }
  }

  private InputStream reopen(String path) {
    long start = session().nowMs();
    while (true) {
      EventFeed.pause();
      try {
        return session().freshApi().events(path, null);
      } catch (CliFailure e) {
        if (e.exitCode() != Exit.UNREACHABLE || session().nowMs() - start > RECONNECT_LIMIT_MS) {
          throw e;
        }
      }
    }
  }

  private boolean event(String id, String name, String data) {
    try {
      if (name.equals("error")) {
        trouble(Json.parse(data));
        return session().read();
      }
      JsonNode line = Json.parse(data);
      if (repeated.remove(data)) {
        return true;
      }
      String at = Json.text(line, "at");
      if (at.compareTo(lastAt) > 0) {
        lastAt = at;
        atLast.clear();
      }
      if (at.equals(lastAt)) {
        atLast.add(data);
      }
      print(line);
    } catch (IOException e) {
      session().note("skipped a line that is not JSON");
    }
    return session().read();
  }

  private void print(JsonNode line) {
    StringBuilder text = new StringBuilder();
    if (timestamps) {
      text.append(session().style().dim(Json.text(line, "at"))).append(' ');
    }
    if (prefix) {
      String instance = Json.text(line, "instance");
      text.append(session().style().named(instance, "[" + instance + "]")).append(' ');
    }
    session().line(text.append(Json.text(line, "line")).toString());
  }
}
