package io.gyre.api.why;

import io.gyre.api.deployment.Deployments;
import io.gyre.api.instance.InstanceResource;
import io.gyre.model.ChangeRecord;
import io.gyre.model.DeploymentKey;
import io.gyre.model.EventRecord;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.store.EventQuery;
import io.gyre.store.StateReader;
import io.gyre.store.Store;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Why a deployment or an instance is as it is: who asked for what, what was decided, how it went.
 * Correlation ids join the steps. What is no longer kept is missing at the beginning.
 */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
public final class WhyResource {
  private static final int MAX_EVENTS = 200;
  private static final int MAX_CHANGES = 50;
  private static final int MAX_CORRELATIONS = 20;

  /**
   * @param chain oldest first
   */
  record Why(String subject, List<Link> chain) {}

  /**
   * @param source the process that says so
   * @param what {@code request}, {@code plan}, {@code command} or {@code outcome}
   */
  record Link(Instant at, String source, String what, String correlation, String message) {
    static Link of(ChangeRecord change) {
      String thing =
          change.name() == null ? change.namespace() : change.namespace() + "/" + change.name();
      return new Link(
          change.at(),
          "api",
          "request",
          change.correlation(),
          change.actor() + " asked to " + change.verb() + " " + thing + ": " + change.detail());
    }

    static Link of(EventRecord event) {
      String reason = event.reason();
      boolean decided = reason.startsWith("planned_") || reason.startsWith("orphan_");
      boolean commanded = reason.startsWith("command");
      boolean seen = reason.startsWith("instance_") || reason.startsWith("runtime_");
      return new Link(
          event.at(),
          seen ? "runtime" : "reconciler",
          decided ? "plan" : commanded ? "command" : "outcome",
          event.correlation(),
          event.message());
    }
  }

  private final Store store;

  public WhyResource(Store store) {
    this.store = store;
  }

  @GET
  @Path("/namespaces/{namespace}/deployments/{name}/why")
  public Object deployment(
      @PathParam("namespace") String namespace, @PathParam("name") String name) {
    DeploymentKey key = new DeploymentKey(namespace, name);
    return store.snapshot(
        state -> {
          List<ChangeRecord> changes = state.changes(key, null, MAX_CHANGES);
          List<EventRecord> events =
              state.events(new EventQuery(0, MAX_EVENTS, namespace, name, null, null, true));
          if (changes.isEmpty() && events.isEmpty() && state.deployment(key).isEmpty()) {
            throw Deployments.notFound(key);
          }
          return new Why(key.toString(), chain(changes, events));
        });
  }

  @GET
  @Path("/instances/{id}/why")
  public Object instance(@PathParam("id") String id) {
    InstanceId instance = new InstanceId(id);
    return store.snapshot(
        state -> {
          Optional<InstanceRecord> record = state.instance(instance);
          Map<Long, EventRecord> events = new TreeMap<>();
          collect(events, state.events(new EventQuery(0, MAX_EVENTS, null, null, id, null, true)));
          if (record.isEmpty() && events.isEmpty()) {
            throw InstanceResource.notFound(id);
          }
          Set<String> correlations = new LinkedHashSet<>();
          record.ifPresent(each -> correlations.add(each.correlation()));
          events.values().forEach(event -> correlations.add(event.correlation()));
          List<ChangeRecord> changes =
              correlations.stream()
                  .limit(MAX_CORRELATIONS)
                  .flatMap(each -> requests(state, each, record, events.values()))
                  .toList();
          for (String correlation : correlations.stream().limit(MAX_CORRELATIONS).toList()) {
            List<EventRecord> joined =
                state.events(new EventQuery(0, MAX_EVENTS, null, null, null, correlation, true));
            // What the same request led to elsewhere says nothing of this instance.
            collect(
                events,
                joined.stream()
                    .filter(
                        event -> event.instance() == null && sameDeployment(event, events.values()))
                    .toList());
          }
          return new Why(id, chain(changes, events.values()));
        });
  }

  private static Stream<ChangeRecord> requests(
      StateReader state,
      String correlation,
      Optional<InstanceRecord> record,
      Collection<EventRecord> events) {
    Optional<DeploymentKey> key =
        record
            .map(InstanceRecord::deployment)
            .or(() -> events.stream().flatMap(event -> key(event).stream()).findFirst());
    return key.stream().flatMap(each -> state.changes(each, correlation, MAX_CHANGES).stream());
  }

  private static boolean sameDeployment(EventRecord event, Collection<EventRecord> known) {
    return known.isEmpty() || known.stream().anyMatch(each -> key(each).equals(key(event)));
  }

  private static Optional<DeploymentKey> key(EventRecord event) {
    String namespace = event.namespace();
    String deployment = event.deployment();
    return namespace == null || deployment == null
        ? Optional.empty()
        : Optional.of(new DeploymentKey(namespace, deployment));
  }

  private static void collect(Map<Long, EventRecord> into, List<EventRecord> events) {
    events.forEach(event -> into.put(event.seq(), event));
  }

  private static List<Link> chain(
      Collection<ChangeRecord> changes, Collection<EventRecord> events) {
    return Stream.concat(
            changes.stream().sorted(Comparator.comparingLong(ChangeRecord::seq)).map(Link::of),
            events.stream().sorted(Comparator.comparingLong(EventRecord::seq)).map(Link::of))
        .sorted(Comparator.comparing(Link::at))
        .toList();
  }
}
