package io.gyre.api.http;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.function.Function;

/**
 * One page of a list.
 *
 * @param next what to send as {@code continue} for the next page; empty: there is none
 */
public record Items<T>(List<T> items, @JsonProperty("continue") String next) {
  public Items {
    items = List.copyOf(items);
  }

  public static <T> Items<T> all(List<T> items) {
    return new Items<>(items, "");
  }

  /** A page of what was read with one more than its size, if there was so much. */
  public static <R, T> Items<T> page(
      List<R> read, int size, Function<R, Object> key, Function<R, T> view) {
    boolean more = read.size() > size;
    List<R> shown = more ? read.subList(0, size) : read;
    return new Items<>(
        shown.stream().map(view).toList(), more ? Query.position(key.apply(shown.getLast())) : "");
  }
}
