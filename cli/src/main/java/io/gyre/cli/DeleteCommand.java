package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "delete",
    description = "Stop and remove deployments, or remove configs and empty namespaces.")
final class DeleteCommand extends GyreCommand {
  @Parameters(
      arity = "0..*",
      paramLabel = "[KIND] NAME",
      description =
          "Deployments; or \"namespace\" (ns) or \"config\" (cfg) and names of those. The word"
              + " \"deployment\" (deploy) may stand before names of deployments.")
  List<String> words = new ArrayList<>();

  @Mixin ManifestOptions manifests = new ManifestOptions();

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description = "The namespace; \"default\" if not given.")
  String namespace = "";

  @Option(names = "--all", description = "All deployments of the namespace.")
  boolean all;

  @Option(
      names = {"-w", "--wait"},
      description = "Wait until they are gone.")
  boolean wait;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      description = "How long to wait: 30s, 5m, 1h. Default: 5m.")
  String timeout = "5m";

  DeleteCommand(Session session) {
    super(session);
  }

  @Option(
      names = "--cascade",
      description = "Of a namespace: with all deployments, configs and volumes that are in it.")
  boolean cascade;

  @Option(
      names = {"-y", "--yes"},
      description = "Don't ask.")
  boolean yes;

  @Override
  int run() {
    long timeoutMs = Times.option("--timeout", timeout);
    int ways = (words.isEmpty() ? 0 : 1) + (manifests.files.isEmpty() ? 0 : 1) + (all ? 1 : 0);
    if (ways != 1) {
      throw CliFailure.usage("delete what?", "gyre delete NAME..., -f FILE or --all");
    }
    List<String> names = words;
    if (words.size() > 1) {
      ResourceKind kind = ResourceKind.find(words.getFirst());
      if (kind == ResourceKind.NAMESPACES) {
        return namespaces(words.subList(1, words.size()));
      }
      if (kind == ResourceKind.VOLUMES) {
        return volumes(words.subList(1, words.size()));
      }
      if (kind == ResourceKind.CONFIGS) {
        return configs(words.subList(1, words.size()));
      }
      if (kind == ResourceKind.DEPLOYMENTS) {
        names = words.subList(1, words.size());
      } else if (kind != null) {
        throw CliFailure.usage(
            kind.plural() + " cannot be deleted",
            "delete deployments, configs, volumes or namespaces");
      }
    }
    List<DeploymentRef> refs = new ArrayList<>();
    for (String name : names) {
      refs.add(session().ref(name, namespace));
    }
    if (all) {
      refs.addAll(inNamespace());
    }
    Map<DeploymentRef, String> gone = manifests.files.isEmpty() ? deleteAll(refs) : declared();
    return wait ? Removal.await(session(), gone, timeoutMs) : Exit.OK;
  }

  private List<DeploymentRef> inNamespace() {
    String wanted = session().namespace(namespace);
    List<DeploymentRef> refs = new ArrayList<>();
    for (JsonNode item : api().list("/v1/deployments?namespace=" + Api.encode(wanted))) {
      refs.add(new DeploymentRef(wanted, Json.text(item, "name")));
    }
    return refs;
  }

  private int namespaces(List<String> names) {
    for (String name : names) {
      if (cascade) {
        NamespaceRemoval.cascade(session(), name, yes, Times.option("--timeout", timeout));
      } else {
        api().delete("/v1/namespaces/" + Api.encode(name));
      }
      session().line("namespace " + name + " deleted");
    }
    return Exit.OK;
  }

  private int volumes(List<String> names) {
    List<DeploymentRef> refs = names.stream().map(name -> session().ref(name, namespace)).toList();
    Confirmation.ask(
        session(),
        yes,
        refs.stream().map(ref -> "volume " + ref + " with all that is in it").toList());
    for (DeploymentRef ref : refs) {
      NamespaceRemoval.deleteVolume(session(), ref);
      session().line("volume " + ref + " deleted");
    }
    return Exit.OK;
  }

  private int configs(List<String> names) {
    for (String name : names) {
      DeploymentRef ref = session().ref(name, namespace);
      api().delete(ConfigDescription.path(ref));
      session().line("config " + ref + " deleted");
    }
    return Exit.OK;
  }

  private Map<DeploymentRef, String> deleteAll(List<DeploymentRef> refs) {
    Map<DeploymentRef, String> uids = new LinkedHashMap<>();
    for (DeploymentRef ref : refs) {
      String uid = wait ? Json.text(api().get(ref.path()), "uid") : "";
      api().delete(ref.path());
      session().line("deployment " + ref + " deleted");
      uids.put(ref, uid);
    }
    return uids;
  }

  /** The server reads the manifest: a dry run names what it declares. */
  private Map<DeploymentRef, String> declared() {
    JsonNode plan = api().post("/v1/apply?dry_run=true", manifests.request(session()));
    Map<DeploymentRef, String> uids = new LinkedHashMap<>();
    for (JsonNode change : plan.path("changes")) {
      String name = Json.text(change, "name");
      String kind = Json.text(change, "kind");
      if (!kind.equals("deployment")) {
        session().line(kind + " " + name + " kept: only deployments are deleted");
        continue;
      }
      DeploymentRef ref = new DeploymentRef(Json.text(change, "namespace"), name);
      Optional<JsonNode> found = api().find(ref.path());
      if (found.isEmpty()) {
        session().line("deployment " + ref + " is not there");
        continue;
      }
      api().delete(ref.path());
      session().line("deployment " + ref + " deleted");
      uids.put(ref, Json.text(found.get(), "uid"));
    }
    return uids;
  }
}
