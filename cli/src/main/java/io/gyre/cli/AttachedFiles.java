package io.gyre.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * The files that manifests name as entries of configs ({@code configs.*.files}). Only what is
 * written there is read, and only here: nothing that the API answers makes this read a file. What
 * can't be a manifest is left to the API to refuse.
 */
final class AttachedFiles {
  /** Of all entries of a config. */
  private static final int MAX_BYTES = 1 << 20;

  private static final int MAX_MERGES = 16;
  private static final Pattern MAYBE = Pattern.compile("\\bfiles\\b");

  private final String manifest;
  private final Path directory;
  private final List<String> problems;
  private final Map<String, String> base64 = new TreeMap<>();
  private final StringBuilder interpolated = new StringBuilder();

  /**
   * @param directory that the names are relative to
   * @param problems gets what can't be read
   */
  private AttachedFiles(String manifest, Path directory, List<String> problems) {
    this.manifest = manifest;
    this.directory = directory;
    this.problems = problems;
  }

  static AttachedFiles of(String manifest, String text, Path directory, List<String> problems) {
    AttachedFiles files = new AttachedFiles(manifest, directory, problems);
    if (MAYBE.matcher(text).find()) {
      files.find(text);
    }
    return files;
  }

  /** What is in them, by the names that the manifest gives them. */
  Map<String, String> base64() {
    return base64;
  }

  /** The texts into which variables are to be put. */
  String interpolated() {
    return interpolated.toString();
  }

  private void find(String text) {
    LoaderOptions options = new LoaderOptions();
    options.setCodePointLimit(Integer.MAX_VALUE);
    try {
      Yaml yaml = new Yaml(new SafeConstructor(options));
      for (Node document : yaml.composeAll(new StringReader(text))) {
        if (value(document, "configs", 0) instanceof MappingNode configs) {
          for (NodeTuple config : configs.getValue()) {
            config(config.getValueNode(), text(config.getKeyNode()));
          }
        }
      }
    } catch (YAMLException e) {
      // The API says what is wrong with it, better.
      return;
    }
  }

  private void config(Node config, String name) {
    boolean variables =
        value(config, "interpolate", 0) instanceof ScalarNode flag
            && flag.getValue().equals("true");
    if (value(config, "files", 0) instanceof MappingNode files) {
      for (NodeTuple file : files.getValue()) {
        if (file.getValueNode() instanceof ScalarNode value && !value.getValue().isEmpty()) {
          read(value, "configs." + name + ".files." + text(file.getKeyNode()), variables);
        }
      }
    }
  }

  private static String text(Node key) {
    return key instanceof ScalarNode scalar ? scalar.getValue() : "?";
  }

  /** Its own one, else that of what is merged into it; null where there is none. */
  private static @Nullable Node value(Node map, String key, int merges) {
    if (!(map instanceof MappingNode mapping) || merges > MAX_MERGES) {
      return null;
    }
    Node merged = null;
    for (NodeTuple tuple : mapping.getValue()) {
      String name = text(tuple.getKeyNode());
      if (name.equals(key)) {
        return tuple.getValueNode();
      }
      if (name.equals("<<")) {
        merged = tuple.getValueNode();
      }
    }
    if (merged instanceof SequenceNode several) {
      for (Node each : several.getValue()) {
        Node found = value(each, key, merges + 1);
        if (found != null) {
          return found;
        }
      }
      return null;
    }
    return merged == null ? null : value(merged, key, merges + 1);
  }

  private void read(ScalarNode name, String path, boolean variables) {
    if (base64.containsKey(name.getValue()) && !variables) {
      return;
    }
    try {
      Path file = directory.resolve(name.getValue());
      byte[] bytes = bytes(file);
      base64.put(name.getValue(), Base64.getEncoder().encodeToString(bytes));
      if (variables) {
        interpolated.append(new String(bytes, StandardCharsets.UTF_8)).append('\n');
      }
    } catch (InvalidPathException e) {
      problem(name, path, "\"" + name.getValue() + "\" is not a file name");
    } catch (IOException e) {
      problem(name, path, String.valueOf(e.getMessage()));
    }
  }

  private void problem(ScalarNode at, String path, String message) {
    problems.add(
        manifest
            + ":"
            + (at.getStartMark().getLine() + 1)
            + ":"
            + (at.getStartMark().getColumn() + 1)
            + ": "
            + path
            + ": "
            + message);
  }

  private static byte[] bytes(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new IOException(file + " is a directory");
    }
    if (!Files.exists(file)) {
      throw new IOException("no file " + file);
    }
    if (!Files.isRegularFile(file)) {
      throw new IOException(file + " is not a regular file");
    }
    byte[] bytes;
    try (InputStream stream = Files.newInputStream(file)) {
      bytes = stream.readNBytes(MAX_BYTES + 1);
    } catch (AccessDeniedException e) {
      throw new IOException("cannot read " + file + ": permission denied", e);
    } catch (IOException e) {
      throw new IOException("cannot read " + file + ": " + e.getMessage(), e);
    }
    if (bytes.length > MAX_BYTES) {
      throw new IOException(file + " is larger than 1 MiB, the most that a config can have");
    }
    return bytes;
  }

  /** Ends the command where anything can't be read. */
  static void requireAll(List<String> problems) {
    if (!problems.isEmpty()) {
      List<String> distinct = new ArrayList<>(problems.stream().distinct().toList());
      throw new CliFailure(
          Exit.FAILED,
          distinct.size() == 1
              ? "a file of a config can't be read"
              : distinct.size() + " files of configs can't be read",
          "names of files are relative to the manifest",
          distinct,
          null);
    }
  }
}
