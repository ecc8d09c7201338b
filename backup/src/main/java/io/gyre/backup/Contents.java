package io.gyre.backup;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a backup says that it holds: the last file in it, {@value #NAME}, so that one that was cut
 * off has none.
 *
 * @param gyre version that made it
 * @param schema of the database
 * @param hostId of the data root
 * @param root where the data root was
 */
public record Contents(
    String gyre, int schema, Instant createdAt, String hostId, String root, List<Entry> entries) {
  static final String NAME = "manifest.json";
  static final String DATABASE = "data/gyre.db";
  static final String HOST_ID = "data/host-id";
  static final String CONFIG = "gyre.yaml";

  /** Of the data root; in a backup only {@link #SEALED_KEYS} is. */
  static final String KEYS = "keys/kek";

  static final String SEALED_KEYS = "keys.sealed";

  /** Salt and cost of keys that are made of passphrases; no secret. */
  static final String KEY_NOTES = "keys/passphrase";

  static final int MAX_BYTES = 1 << 20;
  private static final int FORMAT = 1;
  private static final Pattern PLUGIN = Pattern.compile("plugins/[A-Za-z0-9_][^/\\\\\\p{Cntrl}]*");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * @param name path below the data root
   * @param sha256 lower-case hex
   */
  public record Entry(String name, long size, String sha256) {}

  public Contents {
    entries = List.copyOf(entries);
  }

  /** Whether a file of that path may be in a backup. */
  static boolean known(String name) {
    return name.equals(DATABASE)
        || name.equals(HOST_ID)
        || name.equals(CONFIG)
        || name.equals(SEALED_KEYS)
        || name.equals(KEY_NOTES)
        || (PLUGIN.matcher(name).matches() && !name.contains(".."));
  }

  Optional<Entry> entry(String name) {
    return entries.stream().filter(entry -> entry.name().equals(name)).findFirst();
  }

  long bytes() {
    return entries.stream().mapToLong(Entry::size).sum();
  }

  byte[] json() throws JsonProcessingException {
    ObjectNode node = JSON.createObjectNode();
    node.put("format", FORMAT);
    node.put("gyre", gyre);
    node.put("schema", schema);
    node.put("created_at", createdAt.toString());
    node.put("host_id", hostId);
    node.put("root", root);
    for (Entry entry : entries) {
      node.withArray("entries")
          .addObject()
          .put("name", entry.name())
          .put("size", entry.size())
          .put("sha256", entry.sha256());
    }
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(node);
  }

  /**
   * @throws IOException where it isn't one, or one of a newer format
   */
  static Contents parse(byte[] json) throws IOException {
    JsonNode node = JSON.readTree(json);
    if (node == null || !node.path("format").isInt()) {
      throw new IOException(NAME + " is not that of a backup");
    }
    if (node.path("format").asInt() != FORMAT) {
      throw new IOException(
          "it has format "
              + node.path("format").asInt()
              + ", this version of gyre knows "
              + FORMAT
              + " only");
    }
    List<Entry> entries = new ArrayList<>();
    for (JsonNode entry : node.path("entries")) {
      Entry one =
          new Entry(
              entry.path("name").asText(),
              entry.path("size").asLong(-1),
              entry.path("sha256").asText());
      if (!known(one.name()) || one.size() < 0 || !SHA256.matcher(one.sha256()).matches()) {
        throw new IOException(NAME + " names something strange: \"" + one.name() + "\"");
      }
      entries.add(one);
    }
    try {
      return new Contents(
          node.path("gyre").asText(),
          node.path("schema").asInt(),
          Instant.parse(node.path("created_at").asText()),
          node.path("host_id").asText(),
          node.path("root").asText(),
          entries);
    } catch (DateTimeException e) {
      throw new IOException(NAME + " has no time", e);
    }
  }
}
