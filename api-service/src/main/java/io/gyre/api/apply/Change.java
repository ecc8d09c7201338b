package io.gyre.api.apply;

import io.gyre.manifest.ConfigDecl;
import io.gyre.manifest.FieldChange;
import io.gyre.model.Autoscale;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.Quota;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What applying a manifest means for one of the things that it declares. */
sealed interface Change {
  ChangeView view();

  /** Whether anything is to be written. */
  boolean effective();

  /**
   * @param reason what a user must know besides
   */
  record Namespace(String name, boolean missing, Quota before, Quota after, @Nullable String reason)
      implements Change {
    @Override
    public ChangeView view() {
      return new ChangeView(
          "namespace",
          name,
          name,
          missing ? "create" : effective() ? "update" : "unchanged",
          null,
          null,
          null,
          reason,
          effective() ? QuotaChanges.fields(before, after) : null,
          null);
    }

    @Override
    public boolean effective() {
      return missing || !before.equals(after);
    }
  }

  /**
   * @param reason what a user must know besides
   */
  record Config(ConfigDecl config, String action, @Nullable String reason) implements Change {
    @Override
    public ChangeView view() {
      return ChangeView.of("config", config.namespace(), config.name(), action, reason);
    }

    @Override
    public boolean effective() {
      return !action.equals("unchanged");
    }
  }

  /**
   * @param before null: there was none
   * @param newSpec whether {@code after} has a revision that isn't stored yet
   * @param autoscale null: it isn't scaled by its load from now on
   */
  record Deployment(
      @Nullable DesiredDeployment before,
      DesiredDeployment after,
      boolean newSpec,
      String action,
      @Nullable String reason,
      List<FieldChange> fields,
      @Nullable Autoscale autoscale)
      implements Change {
    @Override
    public boolean effective() {
      return !action.equals("unchanged");
    }

    @Override
    public ChangeView view() {
      return new ChangeView(
          "deployment",
          after.key().namespace(),
          after.key().name(),
          action,
          after.revision(),
          after.isJob()
              ? null
              : new ChangeView.Replicas(before == null ? 0 : before.replicas(), after.replicas()),
          before == null || !newSpec || after.isJob() ? null : strategy(),
          reason,
          fields.stream()
              .map(field -> new ChangeView.Field(field.path(), field.from(), field.to()))
              .toList(),
          after.generation());
    }

    /** With something more that a user must know. */
    Deployment because(String more) {
      return new Deployment(
          before,
          after,
          newSpec,
          action,
          reason == null ? more : reason + "; " + more,
          fields,
          autoscale);
    }

    private String strategy() {
      return after.recreates()
          ? "recreate"
          : after.rollout().strategy().name().toLowerCase(Locale.ROOT);
    }

    /** For the change log: never a value of the environment. */
    String detail() {
      StringBuilder text = new StringBuilder("revision ").append(after.revision());
      if (!after.isJob() && (before == null || before.replicas() != after.replicas())) {
        text.append(", replicas ");
        if (before != null) {
          text.append(before.replicas()).append(" -> ");
        }
        text.append(after.replicas());
      }
      if (before != null && !fields.isEmpty()) {
        text.append(", changed: ")
            .append(String.join(", ", fields.stream().map(FieldChange::path).limit(20).toList()));
        if (fields.size() > 20) {
          text.append(" and ").append(fields.size() - 20).append(" more");
        }
      }
      if (reason != null) {
        text.append("; ").append(reason);
      }
      return text.toString();
    }
  }
}
