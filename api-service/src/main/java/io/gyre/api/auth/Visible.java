package io.gyre.api.auth;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads pages of what a caller may see. */
public final class Visible {
  private static final int STEP = 500;

  private Visible() {}

  /** Reads so many after a key, in order. */
  public interface Source<K, R> {
    List<R> read(@Nullable K after, int limit);
  }

  /**
   * The first so many after a key whose namespace is within reach, whatever else is between them.
   *
   * @param namespace null: it is of the host
   */
  public static <K, R> List<R> page(
      Reach reach,
      @Nullable K after,
      int limit,
      Source<K, R> source,
      Function<R, K> key,
      Function<R, @Nullable String> namespace) {
    if (reach.everywhere()) {
      return source.read(after, limit);
    }
    List<R> found = new ArrayList<>();
    K last = after;
    List<R> read;
    do {
      read = source.read(last, STEP);
      for (R each : read) {
        if (found.size() < limit && reach.includes(namespace.apply(each))) {
          found.add(each);
        }
      }
      last = read.isEmpty() ? last : key.apply(read.getLast());
    } while (found.size() < limit && read.size() == STEP);
    return found;
  }
}
