package io.gyre.api.auth;

import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import jakarta.ws.rs.container.ContainerRequestContext;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** By a token, or by what a login gave. */
public final class BearerAuthenticator implements Authenticator {
  private static final Pattern BEARER =
      Pattern.compile("bearer +([!-~]{1,512}) *", Pattern.CASE_INSENSITIVE);

  private final Authority authority;

  public BearerAuthenticator(Authority authority) {
    this.authority = authority;
  }

  @Override
  public Optional<Caller> authenticate(ContainerRequestContext request) {
    String header = request.getHeaderString("Authorization");
    if (header == null) {
      return Optional.empty();
    }
    Matcher bearer = BEARER.matcher(header);
    if (!bearer.matches()) {
      throw refused("auth.malformed", "the Authorization header is not a bearer token");
    }
    return Optional.of(
        authority
            .bySecret(bearer.group(1))
            .orElseThrow(
                () -> refused("auth.invalid", "this token is not valid, or not any more")));
  }

  static GyreException refused(String code, String message) {
    return new GyreException(
        ErrorKind.UNAUTHENTICATED,
        code,
        message,
        "log in (gyre login), or send \"Authorization: Bearer TOKEN\"; the first token is in the"
            + " file admin-token of the data root");
  }
}
