package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP API. {@code HttpURLConnection}, because {@code HttpClient} takes 200 ms longer to start.
 * Every failure is a {@link CliFailure} that a user can act on.
 */
final class Api {
  /** The largest page that the API gives. */
  static final int PAGE = 500;

  static final String DEFAULT_ADDRESS = "http://127.0.0.1:7070";
  private static final int CONNECT_TIMEOUT_MS = 5_000;
  private static final int READ_TIMEOUT_MS = 60_000;
  private static final int DOWNLOAD_TIMEOUT_MS = 600_000;

  /** A body with more text is written piece by piece and never as a whole in memory. */
  private static final int SMALL_CHARS = 256 << 10;

  static {
    // A POST that got no answer may have had its effect: never send it a second time unasked.
    System.setProperty("sun.net.http.retryPost", "false");
  }

  private static final String UNIX = "unix://";

  private final Session session;
  private final String base;
  private final @Nullable String token;
  private final String tokenHint;

  /** File of certificates; empty: those of the JDK. */
  private final String ca;

  private Api(Session session, String base, @Nullable String token, String tokenHint, String ca) {
    this.session = session;
    this.base = base;
    this.token = token;
    this.tokenHint = tokenHint;
    this.ca = ca;
  }

  /**
   * The address: {@code GYRE_API}, else that of the context in use, else the one that the API of
   * this data root wrote down, else the default. The token: {@code GYRE_TOKEN}, else that of the
   * context, else the token file of this data root, which goes to this machine only. Without any
   * the socket of this data root, where root and the user of Gyre need none.
   */
  static Api of(Session session) {
    String token = session.variable("GYRE_TOKEN");
    Optional<Contexts.Context> context = session.context();
    if (context.isPresent()) {
      return token.isEmpty()
          ? of(session, context.get())
          : new Api(
              session,
              normalise(context.get().server()),
              token,
              "the token in GYRE_TOKEN was refused",
              context.get().ca());
    }
    String named = session.variable("GYRE_API");
    String base = normalise(named.isEmpty() ? ownAddress(session) : named);
    return token.isEmpty()
        ? ofHost(session, base, named.isEmpty())
        : new Api(session, base, token, "the token in GYRE_TOKEN was refused", "");
  }

  static Api of(Session session, Contexts.Context context) {
    String base = normalise(context.server());
    if (context.token().isEmpty() && local(base)) {
      return ofHost(session, base, false);
    }
    return new Api(
        session,
        base,
        context.token().isEmpty() ? null : context.token(),
        "log in: gyre login --user NAME; " + base + " is that of the context in use",
        context.ca());
  }

  private static String ownAddress(Session session) {
    return new Marks(session.home())
        .read("api")
        .map(Marks.Mark::address)
        .filter(address -> !address.isEmpty())
        .orElse(DEFAULT_ADDRESS);
  }

  /**
   * @param own whether it is the address of the data root
   */
  private static Api ofHost(Session session, String base, boolean own) {
    Path file = session.home().resolve("admin-token");
    if (base.startsWith(UNIX)) {
      return new Api(session, base, null, "this socket is for root and the user of Gyre", "");
    }
    if (!local(base)) {
      return new Api(
          session,
          base,
          null,
          "log in (gyre login), or set GYRE_TOKEN; " + file + " is only used for this machine",
          "");
    }
    try {
      return new Api(
          session,
          base,
          Files.readString(file).strip(),
          "the token in " + file + " was refused; gyre login, or set GYRE_TOKEN",
          "");
    } catch (IOException e) {
      Path socket = session.home().resolve("run").resolve("api.sock");
      if (own && Files.isWritable(socket)) {
        return new Api(
            session, UNIX + socket, null, "this socket is for root and the user of Gyre", "");
      }
      return new Api(
          session,
          base,
          null,
          "log in (gyre login), or set GYRE_TOKEN, or GYRE_HOME to the data root: cannot read "
              + file,
          "");
    }
  }

  /**
   * @throws CliFailure where that is no address
   */
  static String normalise(String address) {
    if (address.startsWith(UNIX + "/") && address.length() > UNIX.length() + 1) {
      return address;
    }
    String base = address.contains("://") ? address : "http://" + address;
    while (base.endsWith("/")) {
      base = base.substring(0, base.length() - 1);
    }
    base = base.replace("://0.0.0.0", "://127.0.0.1").replace("://[::]", "://[::1]");
    boolean http = base.startsWith("http://") || base.startsWith("https://");
    try {
      if (http && URI.create(base).getHost() != null) {
        return base;
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw CliFailure.usage(
        "\"" + address + "\" is not an address",
        "write it as in " + DEFAULT_ADDRESS + " or unix:///PATH");
  }

  private static boolean local(String base) {
    if (base.startsWith(UNIX)) {
      return true;
    }
    String host = URI.create(base).getHost();
    return host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]");
  }

  String base() {
    return base;
  }

  /** One segment of a path or one value of a query. */
  static String encode(String text) {
    StringBuilder encoded = new StringBuilder(text.length());
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      boolean plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (plain || c == '-' || c == '_' || c == '~' || c == '.') {
        encoded.append(c);
      } else {
        encoded.append('%');
        encoded.append(Character.toUpperCase(Character.forDigit(c >> 4, 16)));
        encoded.append(Character.toUpperCase(Character.forDigit(c & 15, 16)));
      }
    }
    return encoded.toString();
  }

  JsonNode get(String path) {
    return json(request("GET", path, null), path);
  }

  /** Empty where the API says that there is no such thing. */
  Optional<JsonNode> find(String path) {
    try {
      return Optional.of(get(path));
    } catch (CliFailure e) {
      if (e.exitCode() == Exit.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  JsonNode post(String path, @Nullable JsonNode body) {
    return json(request("POST", path, body), path);
  }

  /**
   * @param ifMatch the state that it is meant for; null: any
   */
  JsonNode send(String method, String path, @Nullable JsonNode body, @Nullable String ifMatch) {
    HttpURLConnection connection = open(method, path, "application/json");
    if (ifMatch != null) {
      connection.setRequestProperty("If-Match", ifMatch);
    }
    return json(answer(connection, body), path);
  }

  JsonNode put(String path, JsonNode body) {
    return json(request("PUT", path, body), path);
  }

  /**
   * @param onlyNew whether it is refused where it exists
   */
  JsonNode put(String path, JsonNode body, boolean onlyNew) {
    HttpURLConnection connection = open("PUT", path, "application/json");
    if (onlyNew) {
      connection.setRequestProperty("If-None-Match", "*");
    }
    return json(answer(connection, body), path);
  }

  JsonNode delete(String path) {
    return json(request("DELETE", path, null), path);
  }

  /** All items of a list, page by page. */
  List<JsonNode> list(String path) {
    List<JsonNode> items = new ArrayList<>();
    String separator = path.indexOf('?') < 0 ? "?" : "&";
    String next = "";
    do {
      String page = path + separator + "limit=" + PAGE;
      JsonNode answer = get(next.isEmpty() ? page : page + "&continue=" + encode(next));
      for (JsonNode item : answer.path("items")) {
        items.add(item);
      }
      next = Json.text(answer, "continue");
    } while (!next.isEmpty());
    return items;
  }

  /** Whether it answers that it is up; never fails. */
  boolean healthy() {
    try {
      return Json.text(get("/v1/health"), "state").equals("up");
    } catch (CliFailure e) {
      return false;
    }
  }

  /**
   * A stream of server-sent events, open until it is closed. It says something at least every 15
   * seconds, so reading it fails after some silence.
   */
  InputStream events(String path, @Nullable String lastEventId) {
    HttpURLConnection connection = open("GET", path, "text/event-stream");
    connection.setReadTimeout(45_000);
    if (lastEventId != null) {
      connection.setRequestProperty("Last-Event-ID", lastEventId);
    }
    return answer(connection, null);
  }

  /** The answer to a command that may take any time. */
  InputStream exec(String path, JsonNode body) {
    HttpURLConnection connection = open("POST", path, "application/octet-stream");
    connection.setReadTimeout(0);
    return answer(connection, body);
  }

  /** What a POST without a body answers, of any size; its first byte may take minutes. */
  InputStream download(String path) {
    HttpURLConnection connection = open("POST", path, "*/*");
    connection.setReadTimeout(DOWNLOAD_TIMEOUT_MS);
    return answer(connection, null);
  }

  private InputStream request(String method, String path, @Nullable JsonNode body) {
    return answer(open(method, path, "application/json"), body);
  }

  private HttpURLConnection open(String method, String path, String accept) {
    try {
      HttpURLConnection connection = connection(path);
      connection.setRequestMethod(method);
      connection.setInstanceFollowRedirects(false);
      connection.setUseCaches(false);
      connection.setConnectTimeout(CONNECT_TIMEOUT_MS);
      connection.setReadTimeout(READ_TIMEOUT_MS);
      connection.setRequestProperty("Accept", accept);
      connection.setRequestProperty("User-Agent", "gyre-cli");
      if (token != null) {
        connection.setRequestProperty("Authorization", "Bearer " + token);
      }
      return connection;
    } catch (IOException e) {
      throw unreachable(e);
    }
  }

  private HttpURLConnection connection(String path) throws IOException {
    if (base.startsWith(UNIX)) {
      return new UnixConnection(Path.of(base.substring(UNIX.length())), path);
    }
    HttpURLConnection connection =
        (HttpURLConnection) URI.create(base + path).toURL().openConnection(Proxy.NO_PROXY);
    Trust.apply(session, connection, ca);
    return connection;
  }

  private InputStream answer(HttpURLConnection connection, @Nullable JsonNode body) {
    int status;
    try {
      if (body != null) {
        send(connection, body);
      }
      status = connection.getResponseCode();
      if (status >= 200 && status < 300) {
        return connection.getInputStream();
      }
    } catch (IOException e) {
      throw unreachable(e);
    }
    throw refused(status, connection);
  }

  private static void send(HttpURLConnection connection, JsonNode body) throws IOException {
    connection.setDoOutput(true);
    connection.setRequestProperty("Content-Type", "application/json");
    byte[] small = null;
    if (Json.textLength(body) <= SMALL_CHARS) {
      small = Json.compact(body).getBytes(StandardCharsets.UTF_8);
      connection.setFixedLengthStreamingMode(small.length);
    } else {
      connection.setChunkedStreamingMode(0);
    }
    try (OutputStream out = connection.getOutputStream()) {
      if (small == null) {
        Json.write(body, out);
      } else {
        out.write(small);
      }
    } catch (ConnectException | SocketTimeoutException | UnknownHostException e) {
      throw e;
    } catch (IOException e) {
      // It may have been refused before all of it was read: the answer says so.
    }
  }

  private JsonNode json(InputStream stream, String path) {
    try (stream) {
      byte[] bytes = stream.readAllBytes();
      JsonNode node = bytes.length == 0 ? Json.object() : Json.parse(bytes);
      if (node.isObject() || path.startsWith("/v1/schema")) {
        return node;
      }
    } catch (com.fasterxml.jackson.core.JacksonException e) {
      // Said below.
    } catch (IOException e) {
      throw unreachable(e);
    }
    throw notGyre("no JSON object");
  }

  private CliFailure refused(int status, HttpURLConnection connection) {
    JsonNode problem = Json.object();
    try (InputStream stream = connection.getErrorStream()) {
      if (stream != null) {
        problem = Json.parse(stream.readAllBytes());
      }
    } catch (IOException e) {
      // No problem document: the status says what there is to say.
    }
    boolean known = problem.isObject() && (problem.has("code") || problem.has("title"));
    if (status == 401 && !Json.text(problem, "code").startsWith("login.")) {
      return new CliFailure(
          Exit.UNAUTHORISED, "not authorised" + (token == null ? ": no token" : ""), tokenHint);
    }
    if (!known) {
      return notGyre("HTTP " + status);
    }
    return Problem.failure(status, problem);
  }

  private CliFailure notGyre(String what) {
    return new CliFailure(
        Exit.FAILED,
        "what answers at " + base + " does not look like Gyre (" + what + ")",
        "check GYRE_API");
  }

  CliFailure unreachable(IOException cause) {
    String why;
    if (cause instanceof ConnectException) {
      why = "connection refused";
    } else if (cause instanceof UnknownHostException) {
      why = "unknown host";
    } else if (cause instanceof SocketTimeoutException) {
      why = "no answer in time";
    } else if (cause instanceof SSLException) {
      why = "its certificate is not trusted: " + cause.getMessage();
    } else {
      why = String.valueOf(cause.getMessage());
    }
    return new CliFailure(
        Exit.UNREACHABLE,
        "cannot reach Gyre at " + base + ": " + why,
        cause instanceof SSLException
            ? "set GYRE_CA to a PEM file, or GYRE_FINGERPRINT to the SHA-256 that its log tells"
            : cause instanceof ConnectException && local(base)
                ? "start it: gyre up -d"
                : "gyre doctor",
        List.of(),
        cause);
  }
}
