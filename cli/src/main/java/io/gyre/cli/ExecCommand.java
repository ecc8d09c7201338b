package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "exec",
    description = "Run a command inside an instance and end with its exit status.",
    customSynopsis = "gyre exec [-i] [-n NAMESPACE] NAME|INSTANCE -- COMMAND [ARG...]")
final class ExecCommand extends GyreCommand {
  private static final int MAX_STDIN = 1 << 20;
  private static final int MAX_FRAME = 1 << 20;

  // The numbers of the frames on the wire.
  private static final int STDOUT = 2;
  private static final int STDERR = 3;
  private static final int EXIT = 4;
  private static final int ERROR = 5;
  private static final int END = 6;
  private static final int PING = 7;

  @Parameters(
      index = "0",
      paramLabel = "NAME|INSTANCE",
      description = "An instance, or a deployment: then its first ready instance.")
  String name = "";

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "COMMAND",
      description =
          "The program and its arguments, after --. There is no shell unless you run one.")
  List<String> command = new ArrayList<>();

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description = "The namespace; \"default\" if not given.")
  String namespace = "";

  @Option(
      names = {"-i", "--stdin"},
      description = "Hand standard input, read to its end (at most 1 MiB), to the command.")
  boolean stdin;

  ExecCommand(Session session) {
    super(session);
  }

  @Override
  int run() throws IOException {
    ObjectNode body = Json.object();
    ArrayNode words = body.putArray("command");
    command.forEach(words::add);
    if (stdin) {
      body.put("stdin", Base64.getEncoder().encodeToString(readStdin()));
    }
    JsonNode instance = new Lookup(session(), namespace).oneInstance(name);
    String path = Lookup.instancePath(Json.text(instance, "id")) + "/exec";
    try (InputStream stream = api().exec(path, body)) {
      return relay(new DataInputStream(stream));
    } catch (EOFException e) {
      throw new CliFailure(
          Exit.FAILED, "the connection ended before the command did", "gyre status");
    }
  }

  private byte[] readStdin() throws IOException {
    byte[] bytes = session().in().readNBytes(MAX_STDIN + 1);
    if (bytes.length > MAX_STDIN) {
      throw new CliFailure(
          Exit.FAILED,
          "standard input is larger than 1 MiB",
          "put it into a file or volume that the instance can read");
    }
    return bytes;
  }

  private int relay(DataInputStream stream) throws IOException {
    while (true) {
      int kind = stream.readUnsignedByte();
      int length = stream.readInt();
      if (length < 0 || length > MAX_FRAME) {
        throw new CliFailure(Exit.FAILED, "broken answer: a frame of " + length + " bytes", null);
      }
      byte[] payload = stream.readNBytes(length);
      if (payload.length < length) {
        throw new EOFException();
      }
      switch (kind) {
        case STDOUT -> write(session().out(), payload);
        case STDERR -> write(session().err(), payload);
        case EXIT -> {
          return java.nio.ByteBuffer.wrap(payload).getInt();
        }
        case ERROR -> throw error(new String(payload, StandardCharsets.UTF_8));
        case END -> throw new EOFException();
        case PING -> {}
        default ->
            throw new CliFailure(
                Exit.FAILED, "broken answer: a frame of kind " + kind, "gyre version");
      }
    }
  }

  private static void write(PrintStream to, byte[] payload) {
    to.write(payload, 0, payload.length);
    to.flush();
  }

  /** Kind, code, message and hint, one per line. */
  private static CliFailure error(String text) {
    String[] lines = text.split("\n", 4);
    String message = lines.length > 2 ? lines[2] : text;
    String hint = lines.length > 3 && !lines[3].isBlank() ? lines[3] : null;
    return new CliFailure(Exit.ofKind(lines[0]), message, hint);
  }
}
