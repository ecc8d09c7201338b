package io.gyre.api.auth;

import jakarta.ws.rs.container.ContainerRequestContext;
import java.util.Optional;

/**
 * Knows who asks by one kind of proof: a token, a socket, a certificate. They are asked one after
 * the other; the first one that finds its kind of proof decides. On the request's thread, for each
 * request: what it looks up must be cached.
 */
public interface Authenticator {
  /**
   * Empty where the request brings no proof of this kind.
   *
   * @throws io.gyre.model.GyreException {@code UNAUTHENTICATED} where the proof isn't good
   */
  Optional<Caller> authenticate(ContainerRequestContext request);
}
