package io.gyre.api.webhook;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gyre.api.event.EventView;
import io.gyre.api.secret.Seals;
import io.gyre.component.ApiDoor;
import io.gyre.component.Cidr;
import io.gyre.model.EventRecord;
import io.gyre.model.GyreException;
import io.gyre.store.Store;
import io.gyre.store.WebhookRecord;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signs and sends single deliveries, so many at once. Any thread; blocks. */
public final class Sender {
  static final Duration LIMIT = Duration.ofSeconds(10);
  private static final int AT_ONCE = 32;

  private final Store store;
  private final Seals seals;
  private final ObjectMapper mapper;
  private final Supplier<ApiDoor> door;
  private final Trust trust;
  private final Clock clock;
  private final Semaphore permits = new Semaphore(AT_ONCE, true);

  /**
   * @param door where they may go and whom they trust, asked each time
   */
  public Sender(
      Store store, Seals seals, ObjectMapper mapper, Supplier<ApiDoor> door, Clock clock) {
    this.store = store;
    this.seals = seals;
    this.mapper = mapper;
    this.door = door;
    this.trust = new Trust(() -> door.get().webhookCa());
    this.clock = clock;
  }

  /** What is sent of an event: what the list of events has of it. */
  String body(EventRecord event) {
    try {
      return mapper.writeValueAsString(EventView.of(event));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The same over all tries, and of no other. */
  static String delivery(WebhookRecord webhook, long seq) {
    return webhook.uid() + "-" + seq;
  }

  List<Cidr> allowed() {
    return door.get().webhookAllow().stream().map(Cidr::of).toList();
  }

  /**
   * @throws GyreException where its key doesn't open
   */
  Post.Outcome send(WebhookRecord webhook, String delivery, String reason, String body)
      throws InterruptedException {
    byte[] key =
        store
            .secrets(state -> seals.open(state, webhook.sealed()))
            .orElseThrow(() -> Webhooks.notFound(webhook.namespace(), webhook.name()));
    permits.acquire();
    try {
      Map<String, String> headers = new LinkedHashMap<>();
      headers.put("Gyre-Delivery", delivery);
      headers.put("Gyre-Event", reason.replaceAll("[^\\w.-]", "_"));
      headers.put("Gyre-Signature", signature(key, clock.instant().getEpochSecond(), body));
      return Post.send(
          URI.create(webhook.url()),
          headers,
          body.getBytes(StandardCharsets.UTF_8),
          allowed(),
          trust,
          LIMIT);
    } finally {
      permits.release();
    }
  }

  static String signature(byte[] key, long seconds, String body) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      byte[] code = mac.doFinal((seconds + "." + body).getBytes(StandardCharsets.UTF_8));
      return "t=" + seconds + ",v1=" + HexFormat.of().formatHex(code);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
