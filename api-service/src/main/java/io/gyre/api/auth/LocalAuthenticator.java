package io.gyre.api.auth;

import io.gyre.api.http.Peer;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import jakarta.ws.rs.container.ContainerRequestContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.Map;
import java.util.Optional;

/**
 * By the Unix-domain socket, whose other end the kernel vouches for: root and the user that the API
 * runs as may do everything, nobody else anything.
 */
public final class LocalAuthenticator implements Authenticator {
  /** To their uids; principals are equal where their uids are. */
  private final Map<UserPrincipal, String> trusted;

  public LocalAuthenticator() {
    Path self = Path.of("/proc/self");
    try {
      UserPrincipal root =
          FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByName("root");
      UserPrincipal own = Files.getOwner(self);
      String uid = String.valueOf(Files.getAttribute(self, "unix:uid"));
      this.trusted = own.equals(root) ? Map.of(root, "0") : Map.of(root, "0", own, uid);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Optional<Caller> authenticate(ContainerRequestContext request) {
    Optional<UserPrincipal> peer = Peer.user(request);
    if (peer.isEmpty()) {
      return Optional.empty();
    }
    String uid = trusted.get(peer.get());
    if (uid == null) {
      throw new GyreException(
          ErrorKind.UNAUTHENTICATED,
          "auth.local_foreign",
          "this socket is for root and the user of Gyre, not for " + peer.get().getName(),
          "use a token");
    }
    return Optional.of(Caller.local(uid));
  }
}
