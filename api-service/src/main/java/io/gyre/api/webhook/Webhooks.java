package io.gyre.api.webhook;

import io.gyre.api.http.Call;
import io.gyre.api.secret.Seals;
import io.gyre.model.ChangeRecord;
import io.gyre.model.ErrorKind;
import io.gyre.model.EventRecord;
import io.gyre.model.GyreException;
import io.gyre.model.Ids;
import io.gyre.model.Names;
import io.gyre.model.Violation;
import io.gyre.store.DesiredTx;
import io.gyre.store.EventQuery;
import io.gyre.store.Store;
import io.gyre.store.WebhookDead;
import io.gyre.store.WebhookProgress;
import io.gyre.store.WebhookRecord;
import io.gyre.vault.KeyRing;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Makes, removes and tries webhooks. A namespace that is empty is the whole host. */
public final class Webhooks {
  private static final int MOST = 100;
  private static final int MOST_EVENTS = 50;
  private static final int MOST_URL = 2000;

  private final Store store;
  private final Seals seals;
  private final Sender sender;
  private final Deliveries deliveries;
  private final Clock clock;

  /** As asked for; nothing of it is checked yet. */
  record Wanted(
      @Nullable String name,
      @Nullable String url,
      @Nullable List<@Nullable String> events,
      @Nullable String level) {}

  /**
   * @param key what deliveries are signed with; nobody sees it again
   */
  record Created(WebhookRecord webhook, String key) {}

  record Sent(String delivery, Post.Outcome outcome) {}

  public Webhooks(Store store, Seals seals, Sender sender, Deliveries deliveries, Clock clock) {
    this.store = store;
    this.seals = seals;
    this.sender = sender;
    this.deliveries = deliveries;
    this.clock = clock;
  }

  static GyreException notFound(String namespace, String name) {
    return GyreException.notFound(
        "webhook",
        namespace.isEmpty() ? name : namespace + "/" + name,
        "see what there is: gyre webhook list");
  }

  Created create(String namespace, Wanted wanted, Call call) {
    List<Violation> violations = new ArrayList<>();
    if (!namespace.isEmpty() && !Names.valid(namespace)) {
      violations.add(violation("namespace", "must be a name: " + Names.RULE));
    }
    String name = wanted.name() == null ? "hook-" + Ids.random(6) : wanted.name();
    if (!Names.valid(name)) {
      violations.add(violation("name", "must be a name: " + Names.RULE));
    }
    String url = wanted.url() == null ? "" : wanted.url();
    urlProblem(url).ifPresent(problem -> violations.add(violation("url", problem)));
    List<String> events = events(wanted.events(), violations);
    EventRecord.Level level = EventRecord.Level.NORMAL;
    switch (wanted.level()) {
      case null -> {}
      case "normal" -> {}
      case "warning" -> level = EventRecord.Level.WARNING;
      default -> violations.add(violation("level", "must be normal or warning"));
    }
    if (!violations.isEmpty()) {
      throw GyreException.invalid("webhook.invalid", violations);
    }
    String key =
        "gyrewh_" + Base64.getUrlEncoder().withoutPadding().encodeToString(KeyRing.newKey());
    EventRecord.Level from = level;
    WebhookRecord made =
        store.desired().transact(tx -> add(tx, namespace, name, url, events, from, key, call));
    deliveries.start();
    return new Created(made, key);
  }

  private WebhookRecord add(
      DesiredTx tx,
      String namespace,
      String name,
      String url,
      List<String> events,
      EventRecord.Level level,
      String key,
      Call call) {
    if (tx.webhooks().webhook(namespace, name).isPresent()) {
      throw new GyreException(
          ErrorKind.ALREADY_EXISTS,
          "webhook.exists",
          "there is a webhook " + name + " already",
          "choose another name, or delete that one: gyre webhook delete " + name);
    }
    if (tx.webhooks().webhooks(null).size() >= MOST) {
      throw new GyreException(
          ErrorKind.EXHAUSTED,
          "webhook.too_many",
          "there are " + MOST + " webhooks, and no more can be made",
          "delete one that nobody needs: gyre webhook list -A");
    }
    WebhookRecord webhook =
        new WebhookRecord(
            namespace,
            name,
            Ids.random(12),
            url,
            events,
            level,
            now(),
            call.actor(),
            call.correlation(),
            WebhookProgress.from(tx.lastEventSeq()));
    if (!namespace.isEmpty()) {
      tx.putNamespace(namespace);
    }
    tx.webhooks().add(webhook);
    seals.put(tx.secrets(), webhook.sealed(), key.getBytes(StandardCharsets.UTF_8));
    record(tx, webhook, "create", call);
    return webhook;
  }

  private static List<String> events(
      @Nullable List<@Nullable String> wanted, List<Violation> violations) {
    if (wanted == null) {
      return List.of("*");
    }
    List<String> events = new ArrayList<>();
    if (wanted.isEmpty() || wanted.size() > MOST_EVENTS) {
      violations.add(violation("events", "must be 1 to " + MOST_EVENTS + " globs"));
      return events;
    }
    for (int i = 0; i < wanted.size(); i++) {
      String glob = wanted.get(i);
      if (glob == null || !Wish.isGlob(glob)) {
        violations.add(
            violation(
                "events[" + i + "]",
                "must be a reason of events, with * for any part and ? for any character, as in"
                    + " deployment_*"));
      } else {
        events.add(glob);
      }
    }
    return events;
  }

  private Optional<String> urlProblem(String text) {
    if (text.isEmpty() || text.length() > MOST_URL) {
      return Optional.of("must be a URL of at most " + MOST_URL + " characters");
    }
    URI url;
    try {
      url = new URI(text);
    } catch (URISyntaxException e) {
      return Optional.of("is no URL: " + e.getReason());
    }
    if (!"https".equalsIgnoreCase(url.getScheme()) && !"http".equalsIgnoreCase(url.getScheme())) {
      return Optional.of("must begin with https:// or http://");
    }
    String host = url.getHost();
    if (host == null || host.contains("%") || url.getPort() > 65535 || url.getPort() == 0) {
      return Optional.of("needs a host, as in https://hooks.example.com/gyre");
    }
    if (!text.chars().allMatch(c -> c > ' ' && c < 127)) {
      return Optional.of("must be ASCII, with other characters escaped");
    }
    if (url.getRawUserInfo() != null || url.getRawFragment() != null) {
      return Optional.of("must have neither user and password nor a fragment");
    }
    return literal(host)
        .flatMap(address -> Targets.refusal(address, sender.allowed()))
        .map(
            what ->
                "is "
                    + what
                    + ", which webhooks may not call; api: { webhook_allow: [...] } in gyre.yaml"
                    + " can allow it");
  }

  private static Optional<InetAddress> literal(String host) {
    try {
      return Optional.of(InetAddress.ofLiteral(host));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  void delete(String namespace, String name, Call call) {
    String uid =
        store
            .desired()
            .transact(
                tx -> {
                  WebhookRecord webhook =
                      tx.webhooks()
                          .webhook(namespace, name)
                          .orElseThrow(() -> notFound(namespace, name));
                  tx.webhooks().delete(webhook);
                  record(tx, webhook, "delete", call);
                  return webhook.uid();
                });
    deliveries.end(uid);
  }

  /** Sends an event that only it gets. */
  Sent test(String namespace, String name, Call call) {
    WebhookRecord webhook = require(namespace, name);
    EventRecord event =
        new EventRecord(
            0,
            now(),
            EventRecord.Level.NORMAL,
            namespace.isEmpty() ? null : namespace,
            null,
            null,
            "webhook_test",
            "a test of webhook " + name,
            call.correlation());
    return send(
        webhook, webhook.uid() + "-test" + Ids.random(6), event.reason(), sender.body(event));
  }

  /** Sends again what was given up, or was delivered and is still kept. */
  Sent redeliver(String namespace, String name, String delivery) {
    WebhookRecord webhook = require(namespace, name);
    String start = webhook.uid() + "-";
    String number = delivery.startsWith(start) ? delivery.substring(start.length()) : "";
    long seq = number.matches("[0-9]{1,18}") ? Long.parseLong(number) : 0;
    Optional<WebhookDead> dead = store.webhooks(state -> state.dead(webhook.uid(), seq));
    if (dead.isPresent()) {
      Sent sent = send(webhook, delivery, dead.get().reason(), dead.get().body());
      if (sent.outcome().taken()) {
        store.desired().run(tx -> tx.webhooks().removeDead(webhook.uid(), seq));
      }
      return sent;
    }
    EventRecord event =
        store.read().events(EventQuery.after(Math.max(0, seq - 1), 1)).stream()
            .filter(each -> each.seq() == seq && Wish.includes(webhook, each))
            .findFirst()
            .orElseThrow(
                () ->
                    GyreException.notFound(
                        "delivery",
                        delivery,
                        "see what was given up: gyre webhook describe " + name));
    return send(webhook, delivery, event.reason(), sender.body(event));
  }

  private Sent send(WebhookRecord webhook, String delivery, String reason, String body) {
    try {
      Post.Outcome outcome = sender.send(webhook, delivery, reason, body);
      if (outcome.taken()) {
        deliveries.hurry(webhook.uid());
      }
      return new Sent(delivery, outcome);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Sent(delivery, Post.Outcome.failed("the API ended meanwhile"));
    }
  }

  private WebhookRecord require(String namespace, String name) {
    return store
        .webhooks(state -> state.webhook(namespace, name))
        .orElseThrow(() -> notFound(namespace, name));
  }

  private void record(DesiredTx tx, WebhookRecord webhook, String verb, Call call) {
    var _ =
        tx.recordChange(
            new ChangeRecord(
                0,
                now(),
                call.actor(),
                verb,
                webhook.namespace().isEmpty() ? null : webhook.namespace(),
                null,
                0,
                "webhook " + webhook.name() + " for " + String.join(", ", webhook.events()),
                call.correlation()));
  }

  private static Violation violation(String field, String message) {
    return new Violation("webhook.invalid", field, message, null, 0, 0);
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }
}
