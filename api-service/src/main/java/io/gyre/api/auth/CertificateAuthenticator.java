package io.gyre.api.auth;

import io.gyre.api.http.Call;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import jakarta.ws.rs.container.ContainerRequestContext;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.io.EndPoint;

/**
 * By a client certificate that the handshake has verified, which names a user. Asked after the
 * token: who sends one means that.
 */
public final class CertificateAuthenticator implements Authenticator {
  private final Authority authority;
  private final List<String> places;

  /**
   * @param places where in a certificate the name of a user may be, as the configuration has it
   */
  public CertificateAuthenticator(Authority authority, List<String> places) {
    this.authority = authority;
    this.places = List.copyOf(places);
  }

  @Override
  public Optional<Caller> authenticate(ContainerRequestContext request) {
    List<String> names = certificate(request).map(this::names).orElse(List.of());
    if (names.isEmpty()) {
      return Optional.empty();
    }
    if (names.size() > 1) {
      throw new GyreException(
          ErrorKind.UNAUTHENTICATED,
          "auth.certificate_ambiguous",
          "the certificate names more than one user: " + String.join(", ", names),
          "use one that names a single user; or send a token");
    }
    String name = names.getFirst();
    return Optional.of(
        authority
            .byName(name)
            .orElseThrow(
                () ->
                    new GyreException(
                        ErrorKind.UNAUTHENTICATED,
                        "auth.certificate_unknown",
                        "the certificate is of \"" + name + "\", and no user has that name",
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

  private List<String> names(X509Certificate certificate) {
    try {
      Collection<List<?>> others = certificate.getSubjectAlternativeNames();
      return CertificateNames.users(
          certificate.getSubjectX500Principal().getName(),
          others == null ? List.of() : others,
          places);
    } catch (CertificateParsingException e) {
      return List.of();
    }
  }
}
