package io.gyre.api.auth;

/** What a route needs: a verb on a kind of thing, as in {@code deployments:write}. */
public record Permission(String resource, String verb) {
  /** Needs no identity at all. */
  static final Permission NONE = new Permission("none", "none");

  /** Needs to be somebody. */
  static final Permission ANYONE = new Permission("anyone", "none");

  /**
   * @param text {@code public}, {@code anyone}, or as in {@code deployments:write}
   */
  public static Permission of(String text) {
    return switch (text) {
      case "public" -> NONE;
      case "anyone" -> ANYONE;
      default -> {
        String[] parts = text.split(":", 2);
        yield new Permission(parts[0], parts[1]);
      }
    };
  }

  @Override
  public String toString() {
    return resource + ":" + verb;
  }
}
