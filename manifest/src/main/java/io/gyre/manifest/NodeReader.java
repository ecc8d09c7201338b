package io.gyre.manifest;

import io.gyre.model.Violation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.DocumentEndEvent;
import org.yaml.snakeyaml.events.DocumentStartEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.MappingEndEvent;
import org.yaml.snakeyaml.events.MappingStartEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.events.SequenceEndEvent;
import org.yaml.snakeyaml.events.SequenceStartEvent;
import org.yaml.snakeyaml.parser.ParserImpl;

/**
 * Reads the documents of sources into nodes. Works from the parser's events with a stack of its
 * own, so that neither depth nor the number of values of an input can exhaust stack or heap: over
 * all sources together there are at most {@link Budget#MAX_CHARACTERS} and {@link
 * Budget#MAX_VALUES}, aliases counted as often as they are used.
 */
final class NodeReader {
  static final int MAX_DEPTH = 50;
  static final int MAX_DOCUMENTS = 1_000;

  private static final String TAG = "tag:yaml.org,2002:";

  private final Problems problems;
  private final Budget budget;

  private String file = "";
  private final Deque<NodeFrame> stack = new ArrayDeque<>();
  private final Map<String, Node> anchors = new HashMap<>();
  private @Nullable Node root;

  NodeReader(Problems problems, Budget budget) {
    this.problems = problems;
    this.budget = budget;
  }

  /** The one value that a text inside a document holds, every part of it placed at the text. */
  static @Nullable Node readEmbedded(
      String text, Node.Scalar at, Problems problems, Budget budget) {
    NodeReader reader = new NodeReader(problems, budget);
    List<Node> documents = new ArrayList<>();
    try {
      reader.parse(SourceText.parseable(text), documents);
    } catch (Unreadable e) {
      problems.add(e.violation);
    }
    return documents.size() == 1 && problems.count() == 0
        ? placedAt(documents.getFirst(), at)
        : null;
  }

  private static Node placedAt(Node node, Node.Scalar at) {
    return switch (node) {
      case Node.Scalar s -> new Node.Scalar(at.line(), at.column(), s.text(), s.plain());
      case Node.Sequence s ->
          new Node.Sequence(
              at.line(),
              at.column(),
              s.items().stream().map(item -> placedAt(item, at)).toList(),
              s.size(),
              s.height());
      case Node.Mapping m ->
          new Node.Mapping(
              at.line(),
              at.column(),
              m.pairs().stream()
                  .map(
                      pair ->
                          new Node.Pair(
                              new Node.Scalar(at.line(), at.column(), pair.key().text(), false),
                              placedAt(pair.value(), at)))
                  .toList(),
              m.size(),
              m.height());
    };
  }

  /** Ends the reading of a source. */
  private static final class Unreadable extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient Violation violation;

    Unreadable(Violation violation) {
      super(violation.message(), null, false, false);
      this.violation = violation;
    }
  }

  /** The documents that hold something. After a problem, those before it. */
  List<Node> read(ManifestSource source) {
    file = source.file();
    List<Node> documents = new ArrayList<>();
    try {
      String text = SourceText.checked(source, budget, problems);
      if (text == null) {
        return documents;
      }
      parse(text, documents);
      if (documents.isEmpty()) {
        problems.add(
            new Violation(
                "manifest.empty",
                "",
                "there is nothing in it; a manifest needs at least \"deployments:\"",
                file,
                1,
                1));
      }
    } catch (Unreadable e) {
      problems.add(e.violation);
    }
    return documents;
  }

  private void parse(String text, List<Node> documents) {
    LoaderOptions options = new LoaderOptions();
    options.setCodePointLimit(Integer.MAX_VALUE);
    TextReader reader = new TextReader(text);
    ParserImpl parser = new ParserImpl(reader, options);
    try {
      while (parser.peekEvent() != null) {
        accept(parser.getEvent(), documents);
      }
    } catch (MarkedYAMLException e) {
      throw unreadable(e);
    } catch (Unreadable e) {
      throw e;
    } catch (RuntimeException e) {
      // The parser answers some malformed escapes and directives with whatever broke inside it.
      Mark mark = reader.getMark();
      throw new Unreadable(
          new Violation(
              "manifest.syntax",
              path(),
              "not valid YAML or JSON: an escape or a directive before this is malformed",
              file,
              mark.getLine() + 1,
              mark.getColumn() + 1));
    } finally {
      stack.clear();
      anchors.clear();
      root = null;
    }
  }

  private Unreadable unreadable(MarkedYAMLException e) {
    Mark mark = e.getProblemMark() != null ? e.getProblemMark() : e.getContextMark();
    String problem = e.getProblem() == null ? "not readable" : e.getProblem();
    String message =
        problem.contains("(TAB)")
            ? "not valid YAML: a tab is not allowed here; indent with spaces"
            : "not valid YAML or JSON: "
                + Excerpt.plain(problem.strip(), 160)
                + (e.getContext() == null ? "" : " " + Excerpt.plain(e.getContext().strip(), 100));
    return new Unreadable(
        new Violation(
            "manifest.syntax",
            path(),
            message,
            file,
            mark == null ? 0 : mark.getLine() + 1,
            mark == null ? 0 : mark.getColumn() + 1));
  }

  private void accept(Event event, List<Node> documents) {
    switch (event) {
      case DocumentStartEvent start -> {
        if (documents.size() == MAX_DOCUMENTS) {
          throw unreadable(
              "manifest.too_many_values", "more than " + MAX_DOCUMENTS + " documents", start);
        }
        anchors.clear();
        root = null;
      }
      case DocumentEndEvent _ -> {
        if (root != null && !(root instanceof Node.Scalar scalar && scalar.isNull())) {
          documents.add(root);
        }
      }
      case ScalarEvent scalar -> {
        count(1, scalar);
        Mark at = scalar.getStartMark();
        Node node =
            new Node.Scalar(
                at.getLine() + 1, at.getColumn() + 1, scalar.getValue(), typedByText(scalar));
        remember(scalar.getAnchor(), node);
        attach(node);
      }
      case AliasEvent alias -> {
        Node node = anchors.get(alias.getAnchor());
        if (node == null) {
          throw unreadable(
              "manifest.alias_unknown",
              "*"
                  + Excerpt.plain(alias.getAnchor())
                  + " refers to nothing before it, or to what it is part of",
              alias);
        }
        count(node.size(), alias);
        requireDepth(stack.size() + node.height(), alias);
        attach(node);
      }
      case SequenceStartEvent start -> {
        requireKnownTag(start.getTag(), "seq", start);
        push(start, start.getAnchor(), false);
      }
      case MappingStartEvent start -> {
        requireKnownTag(start.getTag(), "map", start);
        push(start, start.getAnchor(), true);
      }
      case SequenceEndEvent _, MappingEndEvent _ -> {
        NodeFrame frame = stack.pop();
        Node node = frame.toNode(this::addProblem);
        remember(frame.anchor(), node);
        attach(node);
      }
      default -> {}
    }
  }

  private void push(Event start, @Nullable String anchor, boolean mapping) {
    count(1, start);
    requireDepth(stack.size() + 1, start);
    Mark at = start.getStartMark();
    stack.push(new NodeFrame(at.getLine() + 1, at.getColumn() + 1, anchor, mapping));
  }

  private void attach(Node node) {
    NodeFrame frame = stack.peek();
    if (frame == null) {
      root = node;
    } else {
      frame.add(node, this::addProblem);
    }
  }

  private void addProblem(Node at, String code, String message) {
    problems.add(new Violation(code, path(), message, file, at.line(), at.column()));
  }

  private void remember(@Nullable String anchor, Node node) {
    if (anchor != null) {
      anchors.put(anchor, node);
    }
  }

  private void count(int more, Event at) {
    if (!budget.takeValues(more)) {
      throw unreadable(
          "manifest.too_many_values",
          "more than " + Budget.MAX_VALUES + " values; split the manifest, or use fewer aliases",
          at);
    }
  }

  private void requireDepth(int depth, Event at) {
    if (depth > MAX_DEPTH) {
      throw unreadable("manifest.too_deep", "nested more than " + MAX_DEPTH + " levels deep", at);
    }
  }

  /** Whether a scalar's text decides its type. */
  private boolean typedByText(ScalarEvent scalar) {
    String tag = scalar.getTag();
    if (tag == null) {
      return scalar.isPlain();
    }
    return switch (tag) {
      case "!", TAG + "str" -> false;
      case TAG + "int", TAG + "float", TAG + "bool", TAG + "null" -> true;
      default -> {
        requireKnownTag(tag, "str", scalar);
        yield false;
      }
    };
  }

  private void requireKnownTag(@Nullable String tag, String known, Event at) {
    if (tag != null && !tag.equals("!") && !tag.equals(TAG + known)) {
      Mark mark = at.getStartMark();
      problems.add(
          new Violation(
              "manifest.tag_unsupported",
              path(),
              "the tag " + Excerpt.plain(tag) + " is not supported; remove it",
              file,
              mark.getLine() + 1,
              mark.getColumn() + 1));
    }
  }

  private Unreadable unreadable(String code, String message, Event at) {
    Mark mark = at.getStartMark();
    return new Unreadable(
        new Violation(code, path(), message, file, mark.getLine() + 1, mark.getColumn() + 1));
  }

  private String path() {
    StringBuilder path = new StringBuilder();
    List<NodeFrame> frames = new ArrayList<>(stack).reversed();
    for (NodeFrame frame : frames.subList(0, Math.min(frames.size(), 8))) {
      String longer = frame.path(path.toString());
      path.setLength(0);
      path.append(longer);
    }
    return path.toString();
  }
}
