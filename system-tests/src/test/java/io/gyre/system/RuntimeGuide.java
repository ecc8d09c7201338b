package io.gyre.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code docs/write-a-runtime.md} shows: excerpts of the example's files, and commands. A
 * comment before each block says which.
 */
final class RuntimeGuide {
  private static final Pattern BLOCK =
      Pattern.compile(
          "(?m)^(?:<!-- (file|run): (\\S+) -->\\n)?```(\\w*)\\n(.*?)^```$", Pattern.DOTALL);

  /** Name to shell script, in the order of the page. */
  final Map<String, String> commands = new LinkedHashMap<>();

  /** What isn't true. */
  final List<String> problems = new ArrayList<>();

  int excerpts;

  static RuntimeGuide read(Path page, Path example) throws IOException {
    RuntimeGuide guide = new RuntimeGuide();
    Matcher blocks = BLOCK.matcher(Files.readString(page));
    while (blocks.find()) {
      String text = blocks.group(4);
      if (blocks.group(1) == null) {
        guide.problems.add("nobody checks this block:\n" + text);
      } else if (blocks.group(1).equals("run")) {
        guide.commands.put(blocks.group(2), text);
      } else {
        guide.excerpts++;
        if (!Files.readString(example.resolve(blocks.group(2))).contains(text)) {
          guide.problems.add(blocks.group(2) + " doesn't contain:\n" + text);
        }
      }
    }
    return guide;
  }
}
