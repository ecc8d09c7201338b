import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Row 11: thirty containers, from the command with which a user asks for all of them to the start
 * of the last one, each on a network of its project.
 */
final class Compose {
  private static final int CONTAINERS = 30;
  private static final String WHAT = CONTAINERS + " containers applied -> all run";
  private static final String GYRE = "gyre";
  private static final List<Against.Budget> BUDGETS = List.of(new Against.Budget("docker", 0.8));

  private final Workshop workshop;

  Compose(Workshop workshop) {
    this.workshop = workshop;
  }

  private interface Apply {
    void run() throws Exception;
  }

  List<Row> measure() throws Exception {
    int rounds = workshop.quick() ? 1 : 3;
    workshop.docker();
    String peer = "docker-compose";
    Against result = new Against();
    try (Gyre gyre = Gyre.start(workshop, "")) {
      List<String> order = new ArrayList<>(List.of(GYRE, peer));
      for (int round = 0; round < rounds; round++) {
        Collections.shuffle(order);
        for (String each : List.copyOf(order)) {
          try {
            result.add(each, each.equals(GYRE) ? gyre(gyre, round) : compose(round));
          } catch (Unmeasured e) {
            order.remove(each);
            result.missing(each, e.getMessage());
          }
        }
      }
    }
    return result.rows(11, WHAT, GYRE, List.of(peer), BUDGETS);
  }

  private double gyre(Gyre gyre, int round) throws Exception {
    List<String> labels = Beats.labels("all" + round, CONTAINERS);
    Path manifest = gyre.home().resolve("wanted.yaml");
    Files.writeString(manifest, Manifests.containers(workshop.beats(), labels));
    double took = timed(labels, () -> gyre.gyre("apply", "-f", manifest.toString()));
    gyre.gyre("delete", "--all", "--wait", "--timeout", "120s");
    return took;
  }

  private double timed(List<String> labels, Apply apply) throws Exception {
    workshop.calm().await();
    long from = System.nanoTime();
    apply.run();
    long last = from;
    for (String label : labels) {
      last = Math.max(last, workshop.beats().await(label, from, 180).nanos());
    }
    return (last - from) / 1e6;
  }

  private double compose(int round) throws Exception {
    List<String> labels = Beats.labels("compose" + round, CONTAINERS);
    Path file = workshop.directory().resolve("compose.yml");
    StringBuilder text = new StringBuilder("version: \"3\"\nservices:\n");
    for (String label : labels) {
      text.append(
          """
            %1$s:
              image: %2$s
              command: [/bin/beat, /beat/pipe, "%1$s"]
              labels: { %4$s: "%5$s" }
              volumes: ["%3$s:/beat"]
              stop_grace_period: 1s
          """
              .formatted(
                  label,
                  Docker.IMAGE,
                  workshop.beats().directory(),
                  Docker.LABEL_NAME,
                  Docker.LABEL_VALUE));
    }
    text.append(
        "networks: { default: { labels: { %s: \"%s\" } } }%n"
            .formatted(Docker.LABEL_NAME, Docker.LABEL_VALUE));
    Files.writeString(file, text);
    double took = timed(labels, () -> compose(file, "up", "-d").need("docker-compose up"));
    // All of them first: the engine keeps hold of a network that its containers leave too fast.
    compose(file, "stop", "-t", "1").run();
    Command.Result down = compose(file, "down", "-t", "1").run();
    if (!down.ok()) {
      System.err.println("gyre bench: docker-compose down: " + down.complaint());
    }
    return took;
  }

  private static String project() {
    return "gyrebench" + ProcessHandle.current().pid();
  }

  /** The command of its own, or else that of docker. */
  private Command compose(Path file, String... arguments) throws Exception {
    List<String> words = new ArrayList<>(List.of("-p", project(), "-f", file.toString()));
    words.addAll(List.of(arguments));
    if (workshop.peers().find("docker-compose").isEmpty()
        && Command.of("docker", "compose", "version").run().ok()) {
      words.addAll(0, List.of("docker", "compose"));
      return Command.of(words).within(300);
    }
    return workshop.peers().command("docker-compose", words.toArray(String[]::new)).within(300);
  }
}
