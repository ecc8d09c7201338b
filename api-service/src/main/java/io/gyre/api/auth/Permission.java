package io.gyre.api.auth;

/** What a route needs: a verb on a kind of thing, as in {@code deployments:write}. */
record Permission(String resource, String verb) {
  /** Needs no token at all. */
  static final Permission NONE = new Permission("none", "none");

  static Permission of(String text) {
    if (text.equals("public")) {
      return NONE;
    }
    String[] parts = text.split(":", 2);
    return new Permission(parts[0], parts[1]);
  }

  @Override
  public String toString() {
    return resource + ":" + verb;
  }
}
