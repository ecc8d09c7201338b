package io.gyre.model;

import java.util.Locale;

/**
 * A config or secret of the same namespace.
 *
 * @param name of the config or secret
 */
public record ContentRef(Kind kind, String name) implements Comparable<ContentRef> {
  public enum Kind {
    CONFIG,
    SECRET;

    /** As users write it. */
    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public static ContentRef config(String name) {
    return new ContentRef(Kind.CONFIG, name);
  }

  public static ContentRef secret(String name) {
    return new ContentRef(Kind.SECRET, name);
  }

  /** Reads what {@link #id} wrote. */
  public static ContentRef parse(String id) {
    int slash = id.indexOf('/');
    return new ContentRef(
        Kind.valueOf(id.substring(0, slash).toUpperCase(Locale.ROOT)), id.substring(slash + 1));
  }

  /** As in {@code config/app}. */
  public String id() {
    return kind.id() + "/" + name;
  }

  @Override
  public int compareTo(ContentRef other) {
    return id().compareTo(other.id());
  }

  /** As in {@code config app}. */
  @Override
  public String toString() {
    return kind.id() + " " + name;
  }
}
