package io.gyre.manifest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.assertj.core.api.Assertions;

/** A manifest as the JSON that an editor checks against the schema. */
final class JsonOf {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private JsonOf() {}

  /** Of a manifest of one document, without variables put in. */
  static JsonNode text(String manifest) {
    Problems problems = new Problems();
    List<Node> documents =
        new NodeReader(problems, new Budget()).read(new ManifestSource("m.yaml", manifest));
    Assertions.assertThat(problems.count()).isZero();
    Assertions.assertThat(documents).hasSize(1);
    return node(documents.getFirst());
  }

  static JsonNode json(String text) {
    try {
      return MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  private static JsonNode node(Node node) {
    return switch (node) {
      case Node.Mapping map -> {
        ObjectNode object = JSON.objectNode();
        map.pairs().forEach(pair -> object.set(pair.key().text(), node(pair.value())));
        yield object;
      }
      case Node.Sequence list -> {
        ArrayNode array = JSON.arrayNode();
        list.items().forEach(item -> array.add(node(item)));
        yield array;
      }
      case Node.Scalar scalar when scalar.isNull() -> JSON.nullNode();
      case Node.Scalar scalar when scalar.plain() && Node.Scalar.isBoolean(scalar.text()) ->
          JSON.booleanNode(Boolean.parseBoolean(scalar.text()));
      case Node.Scalar scalar when scalar.plain() && Node.Scalar.isNumber(scalar.text()) ->
          json(scalar.text());
      case Node.Scalar scalar -> JSON.textNode(scalar.text());
    };
  }
}
