package io.gyre.api.auth;

/** What a route needs, and where. */
record Route(Permission permission, Where where) {
  /** How it is found which namespace a request is about. */
  enum Where {
    /** None: it is about the host, so the permission must be held everywhere. */
    HOST,
    /** {@code {namespace}} in the path. */
    PATH,
    /**
     * {@code namespace} in the query; without one the answer holds what is of the namespaces that
     * the caller may see, which the resource takes care of.
     */
    LIST,
    /** That of the instance {@code {id}} in the path. */
    INSTANCE,
    /** Those in the body; the resource takes care. */
    CONTENT
  }
}
