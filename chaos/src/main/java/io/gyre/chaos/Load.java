package io.gyre.chaos;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Clients of the steady workloads: one connection to each host process, kept open for good, and a
 * request to each container again and again. A connection may break only where the harness killed
 * the workload. The counter's numbers may never go back.
 */
final class Load {
  private static final int ANSWER_LIMIT_MS = 20_000;
  private static final long PAUSE_MS = 60;

  private final Workloads workloads;
  private final Starts starts;
  private final Ledger ledger;
  private final Map<String, Thread> clients = new ConcurrentHashMap<>();
  private final AtomicLong answered = new AtomicLong();
  private final AtomicLong broken = new AtomicLong();
  private final Thread finder = Thread.ofPlatform().daemon().name("load").unstarted(this::find);
  private volatile boolean stopping;

  Load(Workloads workloads, Starts starts, Ledger ledger) {
    this.workloads = workloads;
    this.starts = starts;
    this.ledger = ledger;
  }

  void start() {
    finder.start();
  }

  long answered() {
    return answered.get();
  }

  long broken() {
    return broken.get();
  }

  /** A client for each replica that there is. */
  private void find() {
    while (!stopping) {
      for (Workloads.Deployment deployment : workloads.all()) {
        if (deployment.steady()) {
          for (Starts.Start start : starts.of(deployment.name())) {
            clients.computeIfAbsent(
                start.replica(),
                replica ->
                    Thread.ofVirtual()
                        .name("client-" + replica)
                        .start(() -> talk(deployment, replica)));
          }
        }
      }
      Shell.pause(200);
    }
  }

  private void talk(Workloads.Deployment deployment, String replica) {
    long number = 0;
    while (!stopping) {
      Starts.Start start = starts.newest(replica);
      if (start == null) {
        return;
      }
      try {
        number = deployment.container() ? page(start) : conversation(start, number);
      } catch (IOException e) {
        broken.incrementAndGet();
        if (e instanceof AnotherAnswered && ledger.killsOfContainer(replica) > 0) {
          // It was killed with its engine and replaced, and its address is somebody else's now.
          return;
        }
        if (!stopping && !excused(deployment, start)) {
          ledger.violation(
              "connection " + start + ledger.elapsed().toSeconds(),
              "a client of " + start + " was let down: " + e);
        }
        Shell.pause(100);
      }
    }
  }

  private static final class AnotherAnswered extends IOException {
    private static final long serialVersionUID = 1;

    AnotherAnswered(String message) {
      super(message);
    }
  }

  /** Whether the harness killed what the client talked to. */
  private boolean excused(Workloads.Deployment deployment, Starts.Start start) {
    return deployment.container()
        ? ledger.disturbedLately(start.replica())
        : ledger.killed(start.pid(), start.startTicks());
  }

  private static Socket connect(Starts.Start start) throws IOException {
    Socket socket = new Socket();
    try {
      socket.connect(new InetSocketAddress(start.host(), start.port()), 5000);
      socket.setSoTimeout(ANSWER_LIMIT_MS);
      socket.setTcpNoDelay(true);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
    return socket;
  }

  private long page(Starts.Start start) throws IOException {
    try (Socket socket = connect(start)) {
      socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      String text = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      if (!text.contains(start.replica())) {
        throw new AnotherAnswered("a wrong answer: " + text.lines().toList());
      }
      answered.incrementAndGet();
    }
    Shell.pause(PAUSE_MS * 2);
    return 0;
  }

  private long conversation(Starts.Start start, long last) throws IOException {
    boolean counts = start.deployment().equals("counter");
    byte[] request =
        ("GET " + (counts ? "/add" : "/") + " HTTP/1.1\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII);
    long number = last;
    try (Socket socket = connect(start);
        InputStream in = new BufferedInputStream(socket.getInputStream())) {
      while (!stopping) {
        socket.getOutputStream().write(request);
        String answer = answer(in);
        if (counts) {
          long now = Long.parseLong(answer);
          if (now <= number) {
            ledger.violation("counter " + now, "the counter went from " + number + " to " + now);
          }
          number = now;
        } else if (!answer.equals(start.replica() + " " + start.pid() + " " + start.startTicks())) {
          ledger.violation("answer " + answer, start + " answers as another: " + answer);
        }
        answered.incrementAndGet();
        Shell.pause(PAUSE_MS);
      }
    } catch (NumberFormatException e) {
      throw new IOException("a wrong answer", e);
    }
    return number;
  }

  private static String answer(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("the connection was closed");
      }
      head.append((char) next);
    }
    for (String line : List.of(head.toString().split("\r\n"))) {
      if (line.startsWith("Content-Length: ")) {
        return new String(
            in.readNBytes(Integer.parseInt(line.substring(16))), StandardCharsets.US_ASCII);
      }
    }
    throw new IOException("an answer without a length: " + head);
  }

  void stop() {
    stopping = true;
  }
}
