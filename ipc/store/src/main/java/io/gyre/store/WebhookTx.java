package io.gyre.store;

/** Changes webhooks, in the transaction that it came from. */
public interface WebhookTx extends WebhookState {
  /** Of each webhook, so many deliveries that were given up are kept. */
  int KEPT_DEAD = 100;

  void add(WebhookRecord webhook);

  /**
   * @return whether it is still there
   */
  boolean progress(String uid, WebhookProgress progress);

  /** With its key and what it gave up. */
  void delete(WebhookRecord webhook);

  /** Keeps the newest {@value #KEPT_DEAD}. */
  void addDead(WebhookDead dead);

  void removeDead(String uid, long seq);
}
