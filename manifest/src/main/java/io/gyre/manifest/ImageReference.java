package io.gyre.manifest;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** The shape of image references: {@code [host[:port]/]path[:tag][@digest]}. */
final class ImageReference {
  private static final int LONGEST = 512;
  private static final String HOST_PART = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*+(?<!-))?+";
  private static final String HOST =
      "(?:" + HOST_PART + "(?:\\." + HOST_PART + ")*+|\\[[0-9a-fA-F:]++\\])(?::[0-9]{1,5})?";
  private static final String PART = "[a-z0-9]++(?:(?:\\.|__?|-++)[a-z0-9]++)*+";
  private static final String PATH = PART + "(?:/" + PART + ")*+";
  private static final Pattern SHAPE =
      Pattern.compile(
          "(?:"
              + HOST
              + "/)?"
              + PATH
              + "(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@[a-z0-9+._-]{1,32}:[0-9a-fA-F]{32,128})?");

  /** The Docker Hub, however it is written. */
  static final String HUB = "docker.io";

  private static final Set<String> HUB_NAMES =
      Set.of(HUB, "index.docker.io", "registry-1.docker.io");

  private ImageReference() {}

  /** The registry of a good reference. */
  static String registry(String reference) {
    int slash = reference.indexOf('/');
    String first = slash < 0 ? "" : reference.substring(0, slash);
    boolean host = first.indexOf('.') >= 0 || first.indexOf(':') >= 0 || first.equals("localhost");
    return host ? canonical(first) : HUB;
  }

  /**
   * One name for each registry; understands {@code https://index.docker.io/v1/}, too.
   *
   * @return empty where it names no registry
   */
  static Optional<String> server(String written) {
    String host = written.toLowerCase(Locale.ROOT).replaceFirst("^https?://", "");
    host = host.replaceFirst("/(v[12]/?)?$", "");
    return Pattern.matches(HOST, host) ? Optional.of(canonical(host)) : Optional.empty();
  }

  private static String canonical(String host) {
    String lower = host.toLowerCase(Locale.ROOT);
    return HUB_NAMES.contains(lower) ? HUB : lower;
  }

  /** What is wrong with it, or nothing. */
  static Optional<String> problem(String reference) {
    String shown = Excerpt.quoted(reference);
    if (reference.length() <= LONGEST && SHAPE.matcher(reference).matches()) {
      return Optional.empty();
    }
    if (reference.isEmpty()) {
      return Optional.of("the image is empty");
    }
    if (reference.length() <= LONGEST
        && SHAPE.matcher(reference.toLowerCase(Locale.ROOT)).matches()) {
      return Optional.of(shown + " has capitals in its name; images are named in lower case");
    }
    return Optional.of(
        shown
            + " is not an image reference; expected [host[:port]/]name[:tag][@digest], as in"
            + " nginx:1.27");
  }
}
