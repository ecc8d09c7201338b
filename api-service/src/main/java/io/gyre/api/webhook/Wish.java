package io.gyre.api.webhook;

import io.gyre.model.EventRecord;
import io.gyre.store.WebhookRecord;
import java.util.regex.Pattern;

/** Which events a webhook is told. Pure. */
final class Wish {
  private static final Pattern GLOB = Pattern.compile("[a-z0-9_*?]{1,100}");

  private Wish() {}

  static boolean isGlob(String text) {
    return GLOB.matcher(text).matches();
  }

  /** Whether the event is of its namespace. */
  static boolean mayKnow(WebhookRecord webhook, EventRecord event) {
    return webhook.namespace().isEmpty() || webhook.namespace().equals(event.namespace());
  }

  static boolean includes(WebhookRecord webhook, EventRecord event) {
    return mayKnow(webhook, event)
        && event.level().compareTo(webhook.level()) >= 0
        && webhook.events().stream().anyMatch(glob -> matches(glob, event.reason()));
  }

  /** In steps that are no more than the product of the lengths, whatever the glob. */
  static boolean matches(String glob, String text) {
    int at = 0;
    int in = 0;
    int star = -1;
    int retry = 0;
    while (at < text.length()) {
      if (in < glob.length() && glob.charAt(in) == '*') {
        star = in++;
        retry = at;
      } else if (in < glob.length()
          && (glob.charAt(in) == '?' || glob.charAt(in) == text.charAt(at))) {
        in++;
        at++;
      } else if (star >= 0) {
        in = star + 1;
        at = ++retry;
      } else {
        return false;
      }
    }
    while (in < glob.length() && glob.charAt(in) == '*') {
      in++;
    }
    return in == glob.length();
  }
}
