package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Removes namespaces with all that is in them, and volumes, and waits until they are gone. */
final class NamespaceRemoval {
  private static final long POLL_MS = 100;
  private static final long VOLUME_MS = 60_000;

  private NamespaceRemoval() {}

  private static List<String> content(JsonNode namespace) {
    List<String> content = new ArrayList<>();
    for (String kind : List.of("deployments", "configs", "volumes", "secrets")) {
      for (JsonNode name : namespace.path(kind)) {
        content.add(kind.substring(0, kind.length() - 1) + " " + name.asText());
      }
    }
    return content;
  }

  static void cascade(Session session, String name, boolean yes, long timeoutMs) {
    String path = "/v1/namespaces/" + Api.encode(name);
    List<String> content = new ArrayList<>(content(session.api().get(path)));
    content.add("namespace " + name);
    Confirmation.ask(session, yes, content);
    session.api().delete(path + "?cascade=true");
    Screen screen = new Screen(session);
    long start = session.nowMs();
    while (true) {
      Optional<JsonNode> left = session.api().find(path);
      if (left.isEmpty()) {
        screen.show(List.of());
        return;
      }
      List<String> lines = content(left.get());
      if (session.nowMs() - start > timeoutMs) {
        throw new CliFailure(
            Exit.FAILED,
            "not gone after " + Times.duration(timeoutMs) + "; Gyre goes on by itself",
            "gyre describe namespace " + name + " shows what is left",
            lines,
            null);
      }
      screen.show(lines.stream().map(line -> line + " is going").toList());
      Screen.pause(POLL_MS);
    }
  }

  static void deleteVolume(Session session, DeploymentRef ref) {
    session
        .api()
        .delete(
            "/v1/namespaces/" + Api.encode(ref.namespace()) + "/volumes/" + Api.encode(ref.name()));
    long start = session.nowMs();
    String list = "/v1/volumes?namespace=" + Api.encode(ref.namespace());
    while (session.api().list(list).stream()
        .anyMatch(volume -> Json.text(volume, "name").equals(ref.name()))) {
      if (session.nowMs() - start > VOLUME_MS) {
        throw new CliFailure(
            Exit.FAILED,
            "the volume " + ref + " is still there; Gyre goes on by itself",
            "gyre get volumes -n " + ref.namespace());
      }
      Screen.pause(POLL_MS);
    }
  }
}
