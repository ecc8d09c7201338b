package io.gyre.api.audit;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.gyre.api.http.Call;
import io.gyre.api.http.Query;
import io.gyre.api.http.SseWriter;
import io.gyre.api.http.Streams;
import io.gyre.store.AuditCheck;
import io.gyre.store.AuditHead;
import io.gyre.store.AuditKind;
import io.gyre.store.AuditQuery;
import io.gyre.store.AuditRecord;
import io.gyre.store.Store;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The audit log, as pages or as a stream without end, and whether its chain is whole. */
@Path("/v1")
public final class AuditResource {
  private static final int PAGE = 500;

  record Page(List<AuditView> items, Head head) {}

  record Head(long seq, String hash) {
    static Head of(AuditHead head) {
      return new Head(head.seq(), head.hash());
    }
  }

  /** */
  record Check(
      boolean whole,
      long rows,
      long firstSeq,
      Head head,
      List<String> problems,
      List<String> gaps) {}

  private record Filter(
      @Nullable String namespace,
      @Nullable String actor,
      @Nullable AuditKind kind,
      @Nullable Instant since) {
    AuditQuery after(long seq, int limit) {
      return new AuditQuery(seq, limit, namespace, actor, kind, since, false);
    }

    AuditQuery newest(int limit) {
      return new AuditQuery(0, limit, namespace, actor, kind, since, true);
    }
  }

  private final Store store;
  private final AuditLog audit;
  private final Streams streams;
  private final ObjectMapper mapper;
  private final Clock clock;

  public AuditResource(
      Store store, AuditLog audit, Streams streams, ObjectMapper mapper, Clock clock) {
    this.store = store;
    this.audit = audit;
    this.streams = streams;
    this.mapper = mapper;
    this.clock = clock;
  }

  /** Those after a number, oldest first; without one the newest. */
  @GET
  @Path("/audit")
  @Produces("application/json;qs=1")
  public Response list(
      @QueryParam("after") @Nullable String after,
      @QueryParam("limit") @Nullable String limit,
      @QueryParam("actor") @Nullable String actor,
      @QueryParam("kind") @Nullable String kind,
      @QueryParam("since") @Nullable String since) {
    return page(filter(null, actor, kind, since), after, limit);
  }

  @GET
  @Path("/audit")
  @Produces(MediaType.SERVER_SENT_EVENTS + ";qs=0.5")
  public void watch(
      @QueryParam("after") @Nullable String after,
      @QueryParam("actor") @Nullable String actor,
      @QueryParam("kind") @Nullable String kind,
      @HeaderParam(HttpHeaders.LAST_EVENT_ID_HEADER) @Nullable String lastEventId,
      @Context ContainerRequestContext request,
      @Suspended AsyncResponse response) {
    Filter filter = filter(null, actor, kind, null);
    follow(filter, after, lastEventId, request, response);
  }

  /** Of one namespace. */
  @GET
  @Path("/namespaces/{namespace}/audit")
  @Produces("application/json;qs=1")
  public Response listNamespace(
      @PathParam("namespace") String namespace,
      @QueryParam("after") @Nullable String after,
      @QueryParam("limit") @Nullable String limit,
      @QueryParam("actor") @Nullable String actor,
      @QueryParam("kind") @Nullable String kind,
      @QueryParam("since") @Nullable String since) {
    return page(filter(Query.name("namespace", namespace), actor, kind, since), after, limit);
  }

  @GET
  @Path("/namespaces/{namespace}/audit")
  @Produces(MediaType.SERVER_SENT_EVENTS + ";qs=0.5")
  public void watchNamespace(
      @PathParam("namespace") String namespace,
      @QueryParam("after") @Nullable String after,
      @QueryParam("actor") @Nullable String actor,
      @QueryParam("kind") @Nullable String kind,
      @HeaderParam(HttpHeaders.LAST_EVENT_ID_HEADER) @Nullable String lastEventId,
      @Context ContainerRequestContext request,
      @Suspended AsyncResponse response) {
    Filter filter = filter(Query.name("namespace", namespace), actor, kind, null);
    follow(filter, after, lastEventId, request, response);
  }

  /** Reads the whole log. */
  @GET
  @Path("/audit/check")
  @Produces(MediaType.APPLICATION_JSON)
  public Check check() {
    AuditCheck.Verdict verdict = audit.verify();
    return new Check(
        verdict.problems().isEmpty(),
        verdict.rows(),
        verdict.firstSeq(),
        Head.of(verdict.head()),
        verdict.problems(),
        verdict.gaps());
  }

  private Filter filter(
      @Nullable String namespace,
      @Nullable String actor,
      @Nullable String kind,
      @Nullable String since) {
    return new Filter(
        namespace,
        actor == null || actor.isEmpty() ? null : actor,
        kind(kind).orElse(null),
        Query.since("since", since, clock.instant()));
  }

  private static Optional<AuditKind> kind(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return Optional.empty();
    }
    for (AuditKind kind : AuditKind.values()) {
      if (kind.name().toLowerCase(Locale.ROOT).equals(text)) {
        return Optional.of(kind);
      }
    }
    throw Call.badQuery(
        "kind",
        "\""
            + text
            + "\" must be one of change, unchanged, denied, failed, access, login, exec, seal, gap");
  }

  private Response page(Filter filter, @Nullable String after, @Nullable String limit) {
    int size = Query.pageSize(limit);
    long from = Query.number("after", after, -1, 0, Long.MAX_VALUE);
    return store.snapshot(
        state -> {
          List<AuditRecord> rows =
              from < 0
                  ? state.audit(filter.newest(size)).reversed()
                  : state.audit(filter.after(from, size));
          Page page =
              new Page(rows.stream().map(AuditView::of).toList(), Head.of(state.auditHead()));
          // As for events: of a declared type Jersey would take the stream.
          return Response.ok(page).build();
        });
  }

  private void follow(
      Filter filter,
      @Nullable String after,
      @Nullable String lastEventId,
      ContainerRequestContext request,
      AsyncResponse response) {
    long seen = Query.number("after", after, -1, 0, Long.MAX_VALUE);
    long resumed =
        Query.number(HttpHeaders.LAST_EVENT_ID_HEADER, lastEventId, seen, 0, Long.MAX_VALUE);
    long newest = store.read().auditHead().seq();
    long from = resumed < 0 ? newest : Math.min(resumed, newest);
    streams.events(request, response, sse -> send(sse, from, filter));
  }

  private void send(SseWriter sse, long from, Filter filter)
      throws IOException, InterruptedException {
    long seen = from;
    while (!audit.streamsEnd()) {
      // Before the look: what is appended during it is looked for again.
      long upTo = store.read().auditHead().seq();
      List<AuditRecord> rows = store.read().audit(filter.after(seen, PAGE));
      for (AuditRecord row : rows) {
        sse.data(row.seq(), mapper.writeValueAsBytes(AuditView.of(row)));
      }
      sse.flush();
      if (rows.size() == PAGE) {
        seen = rows.getLast().seq();
        continue;
      }
      seen = Math.max(upTo, rows.isEmpty() ? seen : rows.getLast().seq());
      audit.awaitAfter(seen, sse.untilHeartbeat());
      sse.heartbeatIfDue();
    }
  }
}
