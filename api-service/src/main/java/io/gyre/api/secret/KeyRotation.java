package io.gyre.api.secret;

import io.gyre.model.Failpoints;
import io.gyre.store.SealedRecord;
import io.gyre.store.Store;
import io.gyre.vault.KeyRing;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves everything that is sealed under a new key, a few values in a transaction, while others read
 * and write.
 *
 * <pre>
 *  a key is added to the file ─▶ [values move] ─▶ none is under another key
 *                      killed here, ▲ the next rotation goes on: as long as a value is under an
 *                                     older key, no further key is made
 * </pre>
 *
 * Older keys stay in the file: backups need them.
 */
final class KeyRotation {
  private static final Logger log = LoggerFactory.getLogger(KeyRotation.class);
  private static final int AT_ONCE = 16;

  private final Store store;
  private final Seals seals;
  private final ReentrantLock one = new ReentrantLock();

  KeyRotation(Store store, Seals seals) {
    this.store = store;
    this.seals = seals;
  }

  /**
   * @param key that everything is under now
   * @param moved how many values
   * @param continued whether an earlier rotation was brought to its end
   */
  record Done(String key, long moved, boolean continued) {}

  /** Returns once nothing is under an older key. */
  Done rotate() {
    one.lock();
    try {
      KeyRing ring = seals.keys().ring();
      String current = ring.current().orElse("");
      Map<String, Long> before = store.secrets(state -> state.sealedByKey());
      boolean continued = before.keySet().stream().anyMatch(key -> !key.equals(current));
      if (!continued) {
        ring = ring.isEmpty() ? seals.keys().make() : seals.keys().add();
        Failpoints.hit("api.kek.added");
      }
      long moved = move(ring);
      String key = ring.current().orElse("");
      log.info("{} sealed values were moved under key {}", moved, key);
      return new Done(key, moved, continued);
    } finally {
      one.unlock();
    }
  }

  private long move(KeyRing ring) {
    String current = ring.current().orElseThrow();
    long moved = 0;
    while (true) {
      List<SealedRecord> some = store.secrets(state -> state.sealedByOthers(current, AT_ONCE));
      if (some.isEmpty()) {
        return moved;
      }
      List<SealedRecord> anew = some.stream().map(each -> seals.rewrap(ring, each)).toList();
      moved +=
          store
              .desired()
              .<Long>transact(
                  tx -> {
                    long done = 0;
                    for (int i = 0; i < some.size(); i++) {
                      done += tx.secrets().rewrap(some.get(i), anew.get(i)) ? 1 : 0;
                    }
                    return done;
                  });
      Failpoints.hit("api.kek.moved");
    }
  }
}
