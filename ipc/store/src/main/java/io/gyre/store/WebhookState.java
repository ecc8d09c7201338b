package io.gyre.store;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Looks webhooks up. */
public interface WebhookState {
  /**
   * By namespace and name.
   *
   * @param namespace null: all; empty: those of the whole host
   */
  List<WebhookRecord> webhooks(@Nullable String namespace);

  Optional<WebhookRecord> webhook(String namespace, String name);

  /** Oldest first. */
  List<WebhookDead> dead(String uid);

  Optional<WebhookDead> dead(String uid, long seq);
}
