package io.gyre.cli;

import java.io.IOException;
import java.util.List;

/** Shows what is about to go for good, and asks. */
final class Confirmation {
  private static final int LONGEST = 100;

  private Confirmation() {}

  /**
   * @throws CliFailure where the answer isn't yes
   */
  static void ask(Session session, boolean yes, List<String> what) {
    if (yes) {
      return;
    }
    session.line("This removes:");
    what.forEach(each -> session.line("  " + each));
    session.out().print("Go on? [y/N] ");
    session.out().flush();
    if (!answer(session).matches("(?i)y|yes")) {
      throw new CliFailure(Exit.FAILED, "nothing is removed", "--yes answers the question");
    }
  }

  private static String answer(Session session) {
    StringBuilder line = new StringBuilder();
    try {
      for (int next = session.in().read();
          next >= 0 && next != '\n' && line.length() < LONGEST;
          next = session.in().read()) {
        line.append((char) next);
      }
    } catch (IOException e) {
      return "";
    }
    return line.toString().strip();
  }
}
