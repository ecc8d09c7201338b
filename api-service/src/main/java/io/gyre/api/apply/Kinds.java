package io.gyre.api.apply;

import io.gyre.manifest.DeploymentDecl;
import io.gyre.manifest.Manifest;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.GyreException;
import io.gyre.model.Violation;
import io.gyre.store.StateReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A worker never becomes a job, nor a job a worker: what runs can't be both. */
final class Kinds {
  private Kinds() {}

  static void check(StateReader state, Manifest manifest) {
    List<Violation> violations = new ArrayList<>();
    for (DeploymentDecl declared : manifest.deployments()) {
      Optional<DesiredDeployment> before = state.deployment(declared.key());
      if (before.isPresent() && before.get().spec().kind() != declared.spec().kind()) {
        violations.add(
            new Violation(
                "deployment.kind.changed",
                "deployments." + declared.key().name() + ".kind",
                declared.key()
                    + (before.get().isJob() ? " is a job" : " is a worker")
                    + " and stays one; delete it first, or choose another name",
                declared.file(),
                declared.line(),
                1));
      }
    }
    if (!violations.isEmpty()) {
      throw GyreException.invalid("manifest.invalid", violations);
    }
  }
}
