package io.gyre.cli;

import java.io.ByteArrayOutputStream;
import java.io.Console;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Secrets come by a prompt without echo, or by standard input, never as arguments. */
final class PasswordInput {
  private static final int MAX = 4096;

  private PasswordInput() {}

  /**
   * @param fromStdin the first line of standard input
   * @param twice a new one is asked for twice
   */
  @SuppressWarnings("SystemConsoleNull") // From 25 on it may be null again.
  static String read(Session session, String prompt, boolean fromStdin, boolean twice)
      throws IOException {
    if (fromStdin) {
      return line(session);
    }
    Console console = System.console();
    if (console == null || !console.isTerminal()) {
      throw CliFailure.usage(
          "there is no terminal to ask for a secret",
          "give it on standard input: --password-stdin");
    }
    session.out().flush();
    String first = ask(console, prompt + ": ");
    if (twice && !first.equals(ask(console, "once more: "))) {
      throw CliFailure.usage("the two are not the same", null);
    }
    return first;
  }

  private static String ask(Console console, String prompt) {
    char[] read = console.readPassword("%s", prompt);
    if (read == null) {
      throw CliFailure.usage("nothing was given", null);
    }
    return new String(read);
  }

  /** The next line, without its break; what follows stays to be read. */
  static String line(Session session) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int b = session.in().read(); b >= 0 && b != '\n'; b = session.in().read()) {
      if (bytes.size() == MAX) {
        throw CliFailure.usage("standard input holds too much", null);
      }
      bytes.write(b);
    }
    String line = bytes.toString(StandardCharsets.UTF_8).replace("\r", "");
    if (line.isEmpty()) {
      throw CliFailure.usage("standard input holds nothing", null);
    }
    return line;
  }
}
