import java.util.List;

/** Manifests of workloads that call themselves by these labels, one deployment each. */
final class Manifests {
  private Manifests() {}

  static String processes(Beats beats, List<String> labels) {
    StringBuilder text = new StringBuilder("deployments:\n");
    for (String label : labels) {
      text.append(
          """
            %s:
              process:
                command: ["%s", "%s", "%s"]
                stop_grace: 1s
          """
              .formatted(label, beats.program(), beats.pipe(), label));
    }
    return text.toString();
  }

  static String containers(Beats beats, List<String> labels) {
    StringBuilder text = new StringBuilder("deployments:\n");
    for (String label : labels) {
      text.append(
          """
            %s:
              image: %s
              command: [/bin/beat, /beat/pipe, "%s"]
              volumes:
                - { type: bind, source: "%s", destination: /beat }
          """
              .formatted(label, Docker.IMAGE, label, beats.directory()));
    }
    return text.toString();
  }
}
