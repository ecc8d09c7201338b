package io.gyre.api.door;

import io.gyre.api.problem.JettyProblems;
import io.gyre.component.ApiDoor;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * Refuses requests that a page of somebody else makes a browser send, and says in every answer what
 * browsers may do with it.
 *
 * <p>A name that its owner points at this machine (DNS rebinding) comes in {@code Host}: only
 * addresses, names of this machine and names of the configuration are accepted there. A page of
 * another origin comes in {@code Origin} or {@code Sec-Fetch-Site}.
 */
public final class Doorman extends Handler.Wrapper {
  private static final Set<String> LOCAL = Set.of("localhost", "localhost.localdomain");

  private final Supplier<ApiDoor> door;
  private final Set<String> ownNames;

  public Doorman(Handler handler, Supplier<ApiDoor> door) {
    super(handler);
    this.door = door;
    this.ownNames = ownNames();
  }

  private static Set<String> ownNames() {
    try {
      return Set.of(InetAddress.getLocalHost().getHostName().toLowerCase(Locale.ROOT));
    } catch (UnknownHostException e) {
      return Set.of();
    }
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    HttpFields.Mutable headers = response.getHeaders();
    headers.put("X-Content-Type-Options", "nosniff");
    headers.put("X-Frame-Options", "DENY");
    headers.put("Referrer-Policy", "no-referrer");
    headers.put("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    headers.put("Cross-Origin-Resource-Policy", "same-origin");
    ApiDoor now = door.get();
    HttpURI uri = request.getHttpURI();
    if (uri.getPath() != null && uri.getPath().indexOf(';') >= 0) {
      // Parameters of a segment, which would be skipped when the path is matched.
      return JettyProblems.refuse(
          request,
          response,
          callback,
          400,
          "http.bad_request",
          "a path may not have a semicolon",
          "write it as %3B");
    }
    String host = uri.getHost() == null ? "" : uri.getHost().toLowerCase(Locale.ROOT);
    if (!knows(host, now.hosts(), ownNames)) {
      return JettyProblems.refuse(
          request,
          response,
          callback,
          421,
          "http.host_foreign",
          "this is not \"" + shown(host) + "\"",
          "add the name to api.hosts in gyre.yaml, or use an address");
    }
    Optional<String> foreign =
        foreignOrigin(
            request.getHeaders().get(HttpHeader.ORIGIN),
            request.getHeaders().get("Sec-Fetch-Site"),
            request.getHeaders().get("Sec-Fetch-Mode"),
            uri.getScheme() + "://" + authority(request),
            now.origins());
    if (foreign.isPresent()) {
      return JettyProblems.refuse(
          request,
          response,
          callback,
          403,
          "http.origin_foreign",
          "a page of " + shown(foreign.get()) + " may not use this API",
          "add its origin to api.origins in gyre.yaml, if it is yours");
    }
    return super.handle(request, response, callback);
  }

  private static String authority(Request request) {
    String host = request.getHeaders().get(HttpHeader.HOST);
    return host == null ? "" : host.toLowerCase(Locale.ROOT);
  }

  private static String shown(String text) {
    String plain = text.replaceAll("[^!-~]", "?");
    return plain.length() > 100 ? plain.substring(0, 100) + "…" : plain;
  }

  /** Addresses can't be pointed elsewhere; no host at all is what HTTP/1.0 sends. */
  static boolean knows(String host, List<String> configured, Set<String> ownNames) {
    String name = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    return name.isEmpty()
        || isAddress(name)
        || LOCAL.contains(name)
        || name.endsWith(".localhost")
        || ownNames.contains(name)
        || configured.stream().anyMatch(name::equalsIgnoreCase);
  }

  private static boolean isAddress(String host) {
    return host.startsWith("[") || host.matches("\\d{1,3}(\\.\\d{1,3}){3}");
  }

  /** Where the request comes from, if that is neither the API's own nor a configured origin. */
  static Optional<String> foreignOrigin(
      @Nullable String origin,
      @Nullable String site,
      @Nullable String mode,
      String own,
      List<String> configured) {
    if (origin != null) {
      boolean known =
          origin.equalsIgnoreCase(own) || configured.stream().anyMatch(origin::equalsIgnoreCase);
      return known ? Optional.empty() : Optional.of(origin);
    }
    // Whoever follows a link to here comes from elsewhere, too, and sees only what is public.
    return "cross-site".equals(site) && !"navigate".equals(mode)
        ? Optional.of("another site")
        : Optional.empty();
  }
}
