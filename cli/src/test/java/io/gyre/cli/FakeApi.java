package io.gyre.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Answers canned JSON on a free port of the loopback address and remembers what it was asked. */
final class FakeApi implements AutoCloseable {
  static final String TOKEN = "gyre_test";

  /** What was asked: {@code GET /v1/x?y=z}, and the body. */
  record Request(String line, String body) {}

  interface Handler {
    void handle(HttpExchange exchange, String body) throws IOException;
  }

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, Handler> handlers = new ConcurrentHashMap<>();
  private final List<Request> requests = new CopyOnWriteArrayList<>();

  FakeApi() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
    on("GET /v1/health", "{\"state\":\"up\"}");
  }

  String address() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  List<Request> requests() {
    return requests;
  }

  List<String> lines() {
    return requests.stream().map(Request::line).toList();
  }

  /** Answers the method and path, whatever the query. */
  FakeApi on(String methodAndPath, String json) {
    return on(methodAndPath, 200, json);
  }

  FakeApi on(String methodAndPath, int status, String json) {
    String type = status >= 400 ? "application/problem+json" : "application/json";
    return on(
        methodAndPath,
        (exchange, body) -> reply(exchange, status, type, json.getBytes(StandardCharsets.UTF_8)));
  }

  FakeApi on(String methodAndPath, Handler handler) {
    handlers.put(methodAndPath, handler);
    return this;
  }

  /** One answer after the other; the last one stays. */
  FakeApi onEach(String methodAndPath, String... answers) {
    return sequence(methodAndPath, false, answers);
  }

  /** One answer after the other, again and again. */
  FakeApi cycle(String methodAndPath, String... answers) {
    return sequence(methodAndPath, true, answers);
  }

  private FakeApi sequence(String methodAndPath, boolean again, String... answers) {
    List<String> left = new ArrayList<>(List.of(answers));
    return on(
        methodAndPath,
        (exchange, body) -> {
          String json;
          synchronized (left) {
            json = left.size() > 1 ? left.removeFirst() : left.getFirst();
            if (again) {
              left.addLast(json);
            }
          }
          reply(exchange, 200, "application/json", json.getBytes(StandardCharsets.UTF_8));
        });
  }

  static void reply(HttpExchange exchange, int status, String type, byte[] bytes)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.getResponseHeaders().set("Gyre-Correlation", "c-test");
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  /** The text, and then the end of the stream. */
  static Handler stream(String text) {
    return (exchange, body) -> {
      exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
      exchange.sendResponseHeaders(200, 0);
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(text.getBytes(StandardCharsets.UTF_8));
      }
    };
  }

  private void handle(HttpExchange exchange) throws IOException {
    String method = exchange.getRequestMethod();
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    requests.add(new Request(method + " " + exchange.getRequestURI(), body));
    boolean open = exchange.getRequestURI().getPath().equals("/v1/health");
    String token = exchange.getRequestHeaders().getFirst("Authorization");
    if (!open && !("Bearer " + TOKEN).equals(token)) {
      problem(exchange, 401, "auth.required", "a token is needed");
      return;
    }
    Handler handler = handlers.get(method + " " + exchange.getRequestURI().getRawPath());
    if (handler == null) {
      problem(exchange, 404, "not_found", "no " + exchange.getRequestURI().getPath());
    } else {
      handler.handle(exchange, body);
    }
  }

  static void problem(HttpExchange exchange, int status, String code, String detail)
      throws IOException {
    String json =
        "{\"title\":\"t\",\"status\":"
            + status
            + ",\"code\":\""
            + code
            + "\",\"detail\":\""
            + detail
            + "\"}";
    reply(exchange, status, "application/problem+json", json.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
