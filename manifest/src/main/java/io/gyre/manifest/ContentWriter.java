package io.gyre.manifest;

import io.gyre.model.ContentRef;
import io.gyre.model.Contents;
import io.gyre.model.DeploymentSpec;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** {@code environment}, {@code envFrom} and {@code on_config_change}, the other way round. */
final class ContentWriter {
  private static final String USUAL_SIGNAL = "HUP";

  private ContentWriter() {}

  static void write(ManifestWriter.Block block, DeploymentSpec spec) {
    Contents contents = spec.contents();
    Map<String, Object> environment = new TreeMap<>();
    spec.environment()
        .forEach((name, value) -> environment.put(name, ManifestWriter.escaped(value)));
    contents.environment().forEach((name, entry) -> environment.put(name, reference(entry)));
    block.put("environment", environment.isEmpty() ? null : environment);
    block.list("envFrom", contents.environmentFrom().stream().map(ContentWriter::all).toList());
    Contents.OnChange action = contents.onChange();
    String signal = contents.signal();
    if (action != null) {
      String word = action.name().toLowerCase(Locale.ROOT);
      if (signal == null || signal.equals(USUAL_SIGNAL)) {
        block.put("on_config_change", word);
      } else {
        block.put(
            "on_config_change",
            new ManifestWriter.Block().put("action", word).put("signal", signal).fields);
      }
    }
  }

  private static Object reference(Contents.Entry entry) {
    ContentRef content = entry.content();
    String key = entry.key();
    Object target =
        key == null
            ? content.name()
            : new ManifestWriter.Block()
                .put("name", content.name())
                .put("key", ManifestWriter.escaped(key))
                .fields;
    return Map.of(content.kind().id() + "Ref", target);
  }

  private static Object all(Contents.All all) {
    return new ManifestWriter.Block()
        .put(all.content().kind().id(), all.content().name())
        .put("prefix", all.prefix(), "")
        .fields;
  }
}
