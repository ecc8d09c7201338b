package io.gyre.api.event;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.gyre.api.auth.Reach;
import io.gyre.api.http.Query;
import io.gyre.api.http.SseWriter;
import io.gyre.api.http.Streams;
import io.gyre.model.EventRecord;
import io.gyre.store.Store;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
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
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The event log, as pages or as a stream without end. The order is that of the numbers, everywhere
 * the same; a stream goes on after the number that the client saw last.
 */
@Path("/v1/events")
public final class EventResource {
  record Page(List<EventView> items, long lastSeq) {}

  private final Store store;
  private final News news;
  private final EventTail tail;
  private final Streams streams;
  private final ObjectMapper mapper;

  public EventResource(Store store, News news, Streams streams, ObjectMapper mapper) {
    this.store = store;
    this.news = news;
    this.tail = new EventTail(store);
    this.streams = streams;
    this.mapper = mapper;
  }

  /** Those after a number, oldest first; without one the newest. */
  @GET
  @Produces("application/json;qs=1")
  public Response list(
      @QueryParam("after") @Nullable String after,
      @QueryParam("limit") @Nullable String limit,
      @QueryParam("namespace") @Nullable String namespace,
      @QueryParam("deployment") @Nullable String deployment,
      @QueryParam("instance") @Nullable String instance,
      @Context ContainerRequestContext request) {
    EventFilter filter = EventFilter.of(namespace, deployment, instance, Reach.of(request));
    int size = Query.pageSize(limit);
    long from = Query.number("after", after, -1, 0, Long.MAX_VALUE);
    return store.snapshot(
        state -> {
          List<EventRecord> events =
              from < 0 ? filter.newest(state, size) : filter.after(state, from, size);
          Page page = new Page(events.stream().map(EventView::of).toList(), state.lastEventSeq());
          // Of a declared type Jersey would first ask whether it can be written, and take the
          // stream.
          return Response.ok(page).build();
        });
  }

  @GET
  @Produces(MediaType.SERVER_SENT_EVENTS + ";qs=0.5")
  public void watch(
      @QueryParam("after") @Nullable String after,
      @QueryParam("namespace") @Nullable String namespace,
      @QueryParam("deployment") @Nullable String deployment,
      @QueryParam("instance") @Nullable String instance,
      @HeaderParam(HttpHeaders.LAST_EVENT_ID_HEADER) @Nullable String lastEventId,
      @Context ContainerRequestContext request,
      @Suspended AsyncResponse response) {
    EventFilter filter = EventFilter.of(namespace, deployment, instance, Reach.of(request));
    long seen = Query.number("after", after, -1, 0, Long.MAX_VALUE);
    long resumed =
        Query.number(HttpHeaders.LAST_EVENT_ID_HEADER, lastEventId, seen, 0, Long.MAX_VALUE);
    long newest = store.read().lastEventSeq();
    // A number from before the database was made anew is greater than all.
    long from = resumed < 0 ? newest : Math.min(resumed, newest);
    streams.events(request, response, sse -> send(sse, from, filter));
  }

  private void send(SseWriter sse, long from, EventFilter filter)
      throws IOException, InterruptedException {
    try (News.Watch _ = news.watch()) {
      long seen = from;
      while (!news.closed()) {
        EventTail.Page page = tail.after(seen, filter);
        for (EventRecord event : page.events()) {
          sse.data(event.seq(), mapper.writeValueAsBytes(EventView.of(event)));
        }
        sse.flush();
        boolean more = page.more();
        seen = page.upTo();
        if (!more) {
          news.awaitAfter(seen, sse.untilHeartbeat());
          sse.heartbeatIfDue();
        }
      }
    }
  }
}
