package io.gyre.manifest;

import java.util.Locale;
import java.util.Optional;
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

  private ImageReference() {}

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
