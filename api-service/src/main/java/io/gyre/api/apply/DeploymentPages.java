package io.gyre.api.apply;

import io.gyre.model.DeploymentKey;
import io.gyre.model.DesiredDeployment;
import io.gyre.store.StateReader;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** All deployments, a page at a time. */
final class DeploymentPages {
  private static final int PAGE = 500;

  private DeploymentPages() {}

  static void each(
      StateReader state, @Nullable String namespace, Consumer<DesiredDeployment> take) {
    DeploymentKey after = null;
    while (true) {
      List<DesiredDeployment> page = state.deployments(namespace, after, PAGE);
      page.forEach(take);
      if (page.size() < PAGE) {
        return;
      }
      after = page.getLast().key();
    }
  }
}
