package io.gyre.api.event;

import io.gyre.api.auth.Reach;
import io.gyre.api.auth.Visible;
import io.gyre.api.http.Query;
import io.gyre.model.EventRecord;
import io.gyre.store.EventQuery;
import io.gyre.store.StateReader;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which events are wanted; null lets all pass.
 *
 * @param reach where events may be shown from
 */
record EventFilter(
    @Nullable String namespace,
    @Nullable String deployment,
    @Nullable String instance,
    Reach reach) {

  static EventFilter of(
      @Nullable String namespace,
      @Nullable String deployment,
      @Nullable String instance,
      Reach reach) {
    return new EventFilter(
        Query.name("namespace", namespace),
        Query.name("deployment", deployment),
        instance == null || instance.isEmpty() ? null : instance,
        reach);
  }

  boolean test(EventRecord event) {
    return (namespace == null || namespace.equals(event.namespace()))
        && (deployment == null || deployment.equals(event.deployment()))
        && (instance == null || instance.equals(event.instance()))
        && reach.includes(event.namespace());
  }

  EventQuery after(long seq, int limit) {
    return new EventQuery(seq, limit, namespace, deployment, instance, null, false);
  }

  /** The oldest so many after a number that may be shown, oldest first. */
  List<EventRecord> after(StateReader state, long seq, int limit) {
    return Visible.page(
        reach,
        seq,
        limit,
        (from, most) -> state.events(after(from == null ? 0 : from, most)),
        EventRecord::seq,
        EventRecord::namespace);
  }

  /** The newest so many that may be shown, oldest first. */
  List<EventRecord> newest(StateReader state, int limit) {
    if (reach.everywhere()) {
      return state
          .events(new EventQuery(0, limit, namespace, deployment, instance, null, true))
          .reversed();
    }
    List<EventRecord> all =
        Visible.page(
            reach,
            0L,
            Integer.MAX_VALUE,
            (from, most) -> state.events(after(from == null ? 0 : from, most)),
            EventRecord::seq,
            EventRecord::namespace);
    return all.subList(Math.max(0, all.size() - limit), all.size());
  }
}
