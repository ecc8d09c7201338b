package io.gyre.api.event;

import io.gyre.api.http.Query;
import io.gyre.model.EventRecord;
import io.gyre.store.EventQuery;
import org.jspecify.annotations.Nullable;

/** Which events are wanted; null lets all pass. */
record EventFilter(
    @Nullable String namespace, @Nullable String deployment, @Nullable String instance) {

  static EventFilter of(
      @Nullable String namespace, @Nullable String deployment, @Nullable String instance) {
    return new EventFilter(
        Query.name("namespace", namespace),
        Query.name("deployment", deployment),
        instance == null || instance.isEmpty() ? null : instance);
  }

  boolean test(EventRecord event) {
    return (namespace == null || namespace.equals(event.namespace()))
        && (deployment == null || deployment.equals(event.deployment()))
        && (instance == null || instance.equals(event.instance()));
  }

  EventQuery after(long seq, int limit) {
    return new EventQuery(seq, limit, namespace, deployment, instance, null, false);
  }

  EventQuery newest(int limit) {
    return new EventQuery(0, limit, namespace, deployment, instance, null, true);
  }
}
