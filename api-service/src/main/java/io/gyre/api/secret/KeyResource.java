package io.gyre.api.secret;

import io.gyre.api.http.Call;
import io.gyre.model.ChangeRecord;
import io.gyre.model.GyreException;
import io.gyre.store.Store;
import io.gyre.vault.KeyRing;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The keys that everything is sealed under: their ids, never a key. */
@Path("/v1/keys")
@Produces(MediaType.APPLICATION_JSON)
public final class KeyResource {
  /**
   * @param present whether the API has it
   * @param current whether it seals what comes
   * @param values how many values are under it
   */
  record KeyView(String id, boolean present, boolean current, long values) {}

  /**
   * @param source where the current key is looked for
   * @param state {@code ok}, {@code none} as long as nothing is sealed, {@code rotating} while
   *     values are under an older key, {@code missing} where some can't be opened, {@code unusable}
   *     where the source can't be read
   * @param message what is wrong and what to do
   */
  record KeysView(String source, String state, @Nullable String message, List<KeyView> items) {}

  record RotationView(String key, long moved, boolean continued) {}

  private final Store store;
  private final Seals seals;
  private final KeyRotation rotation;
  private final Clock clock;

  public KeyResource(Store store, Seals seals, Clock clock) {
    this.store = store;
    this.seals = seals;
    this.rotation = new KeyRotation(store, seals);
    this.clock = clock;
  }

  @GET
  public Object keys() {
    return view(store, seals);
  }

  @POST
  @Path("/rotate")
  public Object rotate(@Context ContainerRequestContext request) {
    Call call = Call.of(request);
    KeyRotation.Done done = rotation.rotate();
    store
        .desired()
        .run(
            tx -> {
              var _ =
                  tx.recordChange(
                      new ChangeRecord(
                          0,
                          clock.instant(),
                          call.actor(),
                          "rotate",
                          null,
                          null,
                          0,
                          "key of secrets: "
                              + done.moved()
                              + " values are under key "
                              + done.key()
                              + " now",
                          call.correlation()));
            });
    return new RotationView(done.key(), done.moved(), done.continued());
  }

  /** One word for {@code /v1/status}, as in {@link KeysView}. */
  public static String state(Store store, Seals seals) {
    return view(store, seals).state();
  }

  private static KeysView view(Store store, Seals seals) {
    String source = seals.keys().place();
    Map<String, Long> sealed = store.secrets(state -> state.sealedByKey());
    KeyRing ring;
    try {
      ring = seals.keys().ring();
    } catch (GyreException e) {
      List<KeyView> unread =
          sealed.entrySet().stream()
              .map(each -> new KeyView(each.getKey(), false, false, each.getValue()))
              .toList();
      return new KeysView(source, "unusable", e.getMessage() + "; " + e.hint(), unread);
    }
    TreeSet<String> ids = new TreeSet<>(sealed.keySet());
    ids.addAll(ring.ids());
    List<KeyView> keys = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    long older = 0;
    for (String id : ids) {
      boolean current = ring.current().filter(id::equals).isPresent();
      long values = sealed.getOrDefault(id, 0L);
      keys.add(new KeyView(id, ring.holds(id), current, values));
      if (!ring.holds(id)) {
        missing.add(id);
      } else if (!current) {
        older += values;
      }
    }
    if (!missing.isEmpty()) {
      return new KeysView(
          source,
          "missing",
          "what is sealed under "
              + String.join(", ", missing)
              + " can't be opened: put that key back where it was; nothing is lost meanwhile",
          keys);
    }
    if (older > 0) {
      return new KeysView(
          source,
          "rotating",
          older + " values are under an older key; gyre secret rotate-kek moves them",
          keys);
    }
    return new KeysView(source, ring.isEmpty() ? "none" : "ok", null, keys);
  }
}
