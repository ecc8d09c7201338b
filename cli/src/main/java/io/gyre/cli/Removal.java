package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Waits for deleted deployments to be gone, with all their instances. */
final class Removal {
  private static final long POLL_MS = 100;

  private Removal() {}

  /**
   * @param uids which of possibly several deployments of that name; empty: any
   */
  static int await(Session session, Map<DeploymentRef, String> uids, long timeoutMs) {
    Screen screen = new Screen(session);
    long start = session.nowMs();
    while (true) {
      List<String> left = new ArrayList<>();
      uids.forEach(
          (ref, uid) -> {
            Optional<JsonNode> found = session.api().find(ref.path());
            if (found.isPresent() && (uid.isEmpty() || Json.text(found.get(), "uid").equals(uid))) {
              String why = Describe.reason(found.get());
              long instances = Json.number(found.get(), "total");
              left.add(
                  ref
                      + ": "
                      + instances
                      + (instances == 1 ? " instance" : " instances")
                      + " left"
                      + (why.isEmpty() ? "" : ": " + why));
            }
          });
      if (left.isEmpty()) {
        screen.show(List.of());
        return Exit.OK;
      }
      if (session.nowMs() - start > timeoutMs) {
        throw new CliFailure(
            Exit.FAILED,
            "not gone after " + Times.duration(timeoutMs),
            "gyre why NAME tells what happens",
            left,
            null);
      }
      screen.show(left);
      Screen.pause(POLL_MS);
    }
  }
}
