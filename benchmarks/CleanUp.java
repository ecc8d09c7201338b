import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What is to be undone, in reverse order: at the end of each part, and by the shutdown hook, so
 * that nothing stays behind after an interrupt.
 */
final class CleanUp {
  /** Undoes one thing; may be called again where it failed. */
  interface Step {
    void run() throws Exception;
  }

  /** Takes a step out of turn: runs it now, and not at the end. */
  final class Registration implements AutoCloseable {
    private final Step step;

    private Registration(Step step) {
      this.step = step;
    }

    @Override
    public void close() {
      boolean left;
      synchronized (steps) {
        left = steps.remove(step);
      }
      if (left) {
        attempt(step);
      }
    }
  }

  private final Deque<Step> steps = new ArrayDeque<>();

  Registration add(Step step) {
    synchronized (steps) {
      steps.push(step);
    }
    return new Registration(step);
  }

  void runAll() {
    while (true) {
      Step step;
      synchronized (steps) {
        step = steps.poll();
      }
      if (step == null) {
        return;
      }
      attempt(step);
    }
  }

  private static void attempt(Step step) {
    try {
      step.run();
    } catch (Exception e) {
      System.err.println("gyre bench: clean-up: " + e.getMessage());
    }
  }
}
