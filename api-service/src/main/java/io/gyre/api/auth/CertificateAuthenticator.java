package io.gyre.api.auth;

import io.gyre.api.http.Call;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import jakarta.ws.rs.container.ContainerRequestContext;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.io.EndPoint;

/**
 * By a client certificate that the handshake has verified: its common name is that of a user. Asked
 * after the token: who sends one means that.
 */
public final class CertificateAuthenticator implements Authenticator {
  private static final Pattern COMMON_NAME =
      Pattern.compile("(?:^|(?<!\\\\)[,+])CN=([A-Za-z0-9._-]+)(?=[,+]|$)");

  private final Authority authority;

  public CertificateAuthenticator(Authority authority) {
    this.authority = authority;
  }

  @Override
  public Optional<Caller> authenticate(ContainerRequestContext request) {
    Optional<String> name = certificate(request).flatMap(CertificateAuthenticator::commonName);
    if (name.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        authority
            .byName(name.get())
            .orElseThrow(
                () ->
                    new GyreException(
                        ErrorKind.UNAUTHENTICATED,
                        "auth.certificate_unknown",
                        "the certificate is of \"" + name.get() + "\", and no user has that name",
                        "gyre user create; or send a token")));
  }

  private static Optional<X509Certificate> certificate(ContainerRequestContext request) {
    if (request.getProperty(Call.CONNECTION) instanceof EndPoint connection) {
      EndPoint.SslSessionData session = connection.getSslSessionData();
      X509Certificate[] chain = session == null ? null : session.peerCertificates();
      return chain == null || chain.length == 0 ? Optional.empty() : Optional.of(chain[0]);
    }
    return Optional.empty();
  }

  private static Optional<String> commonName(X509Certificate certificate) {
    return commonName(certificate.getSubjectX500Principal().getName());
  }

  /** Of a subject as RFC 2253 writes it; only what may be the name of a user. */
  static Optional<String> commonName(String subject) {
    Matcher name = COMMON_NAME.matcher(subject);
    return name.find() ? Optional.of(name.group(1)) : Optional.empty();
  }
}
