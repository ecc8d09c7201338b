package io.gyre.api.backup;

import io.gyre.api.http.Call;
import io.gyre.api.http.Streams;
import io.gyre.backup.BackupWriter;
import io.gyre.component.Home;
import io.gyre.model.ChangeRecord;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.store.DatabaseCopy;
import io.gyre.store.Store;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A backup of the data root while everything runs, one at a time; and whether the database is
 * whole.
 */
@Path("/v1")
public final class BackupResource {
  private static final Logger log = LoggerFactory.getLogger(BackupResource.class);

  private final Home home;
  private final Store store;
  private final Streams streams;
  private final Clock clock;
  private final Semaphore place = new Semaphore(1);
  private final Object checking = new Object();

  public BackupResource(Home home, Store store, Streams streams, Clock clock) {
    this.home = home;
    this.store = store;
    this.streams = streams;
    this.clock = clock;
    try {
      BackupWriter.removeLeftovers(scratchParent());
    } catch (IOException e) {
      log.warn("what an earlier backup left can't be removed: {}", e.toString());
    }
  }

  private java.nio.file.Path scratchParent() {
    return home.database().resolveSibling("");
  }

  /**
   * @param problems empty where the database is whole
   */
  record Integrity(List<String> problems) {}

  /** Reads the whole database, the quick way unless told otherwise; one at a time. */
  @GET
  @Path("/integrity")
  @Produces(MediaType.APPLICATION_JSON)
  public Object integrity(@QueryParam("full") @Nullable String full) {
    boolean quick = full == null || full.equals("false");
    synchronized (checking) {
      return new Integrity(DatabaseCopy.problems(home.database(), scratchParent(), quick));
    }
  }

  @POST
  @Path("/backup")
  public void backup(@Context ContainerRequestContext request, @Suspended AsyncResponse response) {
    Call call = Call.of(request);
    if (!place.tryAcquire()) {
      throw new GyreException(
          ErrorKind.EXHAUSTED,
          "backup.running",
          "another backup is being taken",
          "wait until it is done");
    }
    boolean started = false;
    try {
      streams.run(
          request,
          response,
          atEnd -> {
            atEnd.accept(place::release);
            BackupWriter.Prepared prepared = BackupWriter.prepare(home, scratchParent());
            atEnd.accept(prepared);
            record(call);
            return Streams.of(
                "application/zip",
                out -> {
                  prepared.write(clock.instant(), out);
                  out.flush();
                });
          });
      started = true;
    } finally {
      if (!started) {
        place.release();
      }
    }
  }

  private void record(Call call) {
    store
        .desired()
        .transact(
            tx ->
                tx.recordChange(
                    new ChangeRecord(
                        0,
                        clock.instant(),
                        call.actor(),
                        "backup",
                        null,
                        null,
                        0,
                        "a backup was taken",
                        call.correlation())));
  }
}
