package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Removes what nothing uses any more, of one namespace. */
@Command(name = "prune", description = "Show what is finished or unused, ask, and remove it.")
final class PruneCommand extends GyreCommand {
  private static final Set<String> OVER = Set.of("succeeded", "failed", "timed_out", "cancelled");

  /** What can be pruned. */
  private enum Scope {
    NAMESPACE,
    VOLUMES
  }

  @Command(name = "namespace", description = "Tidy up a namespace.")
  static final class NamespaceGroup extends GyreCommand {
    NamespaceGroup(Session session) {
      super(session);
    }

    @Override
    int run() {
      throw CliFailure.usage("what about namespaces?", "gyre namespace prune [NAME]");
    }
  }

  @Command(name = "volume", description = "Tidy up named volumes.")
  static final class VolumeGroup extends GyreCommand {
    VolumeGroup(Session session) {
      super(session);
    }

    @Override
    int run() {
      throw CliFailure.usage("what about volumes?", "gyre volume prune [NAMESPACE]");
    }
  }

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "NAMESPACE",
      description = "The namespace; that of the context, else \"default\" if not given.")
  String given = "";

  @Option(
      names = {"-y", "--yes"},
      description = "Don't ask.")
  boolean yes;

  private final Scope scope;

  private PruneCommand(Session session, Scope scope) {
    super(session);
    this.scope = scope;
  }

  /** {@code gyre namespace prune}: finished jobs and unused volumes. */
  static CommandLine ofNamespaces(Session session) {
    return new CommandLine(new NamespaceGroup(session))
        .addSubcommand("prune", new PruneCommand(session, Scope.NAMESPACE));
  }

  /** {@code gyre volume prune}: unused volumes. */
  static CommandLine ofVolumes(Session session) {
    return new CommandLine(new VolumeGroup(session))
        .addSubcommand("prune", new PruneCommand(session, Scope.VOLUMES));
  }

  @Override
  int run() {
    String namespace = session().namespace(given);
    List<DeploymentRef> finished = scope == Scope.NAMESPACE ? finishedJobs(namespace) : List.of();
    List<DeploymentRef> unused = unusedVolumes(namespace);
    if (finished.isEmpty() && unused.isEmpty()) {
      session().line("nothing to remove in namespace " + namespace);
      return Exit.OK;
    }
    List<String> plan = new ArrayList<>();
    finished.forEach(job -> plan.add("job " + job + ", which is finished"));
    unused.forEach(volume -> plan.add("volume " + volume + " with all that is in it"));
    Confirmation.ask(session(), yes, plan);
    for (DeploymentRef job : finished) {
      api().delete(job.path());
      session().line("job " + job + " deleted");
    }
    for (DeploymentRef volume : unused) {
      NamespaceRemoval.deleteVolume(session(), volume);
      session().line("volume " + volume + " deleted");
    }
    return Exit.OK;
  }

  /** Those that run once per revision and have done so. */
  private List<DeploymentRef> finishedJobs(String namespace) {
    List<DeploymentRef> jobs = new ArrayList<>();
    for (JsonNode each : api().list("/v1/deployments?namespace=" + Api.encode(namespace))) {
      JsonNode job = each.path("job");
      boolean over = OVER.contains(Json.text(job.path("last_run"), "state"));
      if (job.isObject() && Describe.schedule(job).isEmpty() && over) {
        jobs.add(new DeploymentRef(namespace, Json.text(each, "name")));
      }
    }
    return jobs;
  }

  private List<DeploymentRef> unusedVolumes(String namespace) {
    List<DeploymentRef> volumes = new ArrayList<>();
    for (JsonNode each : api().list("/v1/volumes?namespace=" + Api.encode(namespace))) {
      if (each.path("used_by").isEmpty()) {
        volumes.add(new DeploymentRef(namespace, Json.text(each, "name")));
      }
    }
    return volumes.stream().distinct().toList();
  }
}
