package io.gyre.manifest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A map or list that is being read. */
final class NodeFrame {
  interface Report {
    void problem(Node at, String code, String message);
  }

  private final int line;
  private final int column;
  private final @Nullable String anchor;
  private final boolean mapping;
  private final List<Node> items = new ArrayList<>();
  private final List<Node.Pair> pairs = new ArrayList<>();
  private final Map<String, Node.Scalar> keys = new HashMap<>();
  private final List<Node.Mapping> merged = new ArrayList<>();
  private Node.@Nullable Scalar key;
  private boolean awaitsValue;

  NodeFrame(int line, int column, @Nullable String anchor, boolean mapping) {
    this.line = line;
    this.column = column;
    this.anchor = anchor;
    this.mapping = mapping;
  }

  @Nullable String anchor() {
    return anchor;
  }

  void add(Node node, Report report) {
    if (!mapping) {
      items.add(node);
    } else if (!awaitsValue) {
      awaitsValue = true;
      if (node instanceof Node.Scalar scalar) {
        key = scalar;
      } else {
        report.problem(node, "manifest.key_not_text", "a key must be text");
      }
    } else {
      if (key != null) {
        put(key, node, report);
      }
      awaitsValue = false;
      key = null;
    }
  }

  private void put(Node.Scalar name, Node value, Report report) {
    if (name.plain() && name.text().equals("<<")) {
      merge(name, value, report);
      return;
    }
    Node.Scalar first = keys.putIfAbsent(name.text(), name);
    if (first == null) {
      pairs.add(new Node.Pair(name, value));
    } else {
      report.problem(
          name, "manifest.duplicate_key", "this key is already there, in line " + first.line());
    }
  }

  private void merge(Node.Scalar name, Node value, Report report) {
    List<Node> sources = value instanceof Node.Sequence list ? list.items() : List.of(value);
    for (Node source : sources) {
      if (source instanceof Node.Mapping map) {
        merged.add(map);
      } else {
        report.problem(
            name, "manifest.merge_not_a_map", "\"<<\" needs a map or a list of maps, by alias");
      }
    }
  }

  Node toNode(Report report) {
    int size = 1;
    int height = 0;
    if (!mapping) {
      for (Node item : items) {
        size += item.size();
        height = Math.max(height, item.height());
      }
      return new Node.Sequence(line, column, List.copyOf(items), size, height + 1);
    }
    for (Node.Mapping source : merged) {
      for (Node.Pair pair : source.pairs()) {
        if (keys.putIfAbsent(pair.key().text(), pair.key()) == null) {
          pairs.add(pair);
        }
      }
    }
    for (Node.Pair pair : pairs) {
      size += 1 + pair.value().size();
      height = Math.max(height, pair.value().height());
    }
    return new Node.Mapping(line, column, List.copyOf(pairs), size, height + 1);
  }

  String path(String parent) {
    if (!mapping) {
      return Paths.item(parent, items.size());
    }
    return key == null ? parent : Paths.child(parent, key.text());
  }
}
