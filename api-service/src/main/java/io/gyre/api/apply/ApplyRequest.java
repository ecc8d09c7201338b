package io.gyre.api.apply;

import io.gyre.api.http.Call;
import io.gyre.manifest.ManifestSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The body of an apply request.
 *
 * @param files manifests, applied together or not at all
 * @param variables what {@code $NAME} stands for in them
 */
record ApplyRequest(
    @Nullable List<@Nullable FileEntry> files, @Nullable Map<String, @Nullable String> variables) {

  /**
   * @param attached what the files that it names hold, in base64, by the name that it gives them
   */
  record FileEntry(
      @Nullable String name,
      @Nullable String content,
      @Nullable Map<String, @Nullable String> attached) {}

  List<ManifestSource> sources() {
    if (files == null || files.isEmpty()) {
      throw Call.badField("apply.files.missing", "files", "send at least one file");
    }
    List<ManifestSource> sources = new ArrayList<>();
    for (int i = 0; i < files.size(); i++) {
      FileEntry file = files.get(i);
      if (file == null || file.name() == null || file.content() == null) {
        throw Call.badField(
            "apply.files.invalid", "files[" + i + "]", "needs a name and a content");
      }
      sources.add(new ManifestSource(file.name(), file.content(), attached(file, i)));
    }
    return sources;
  }

  private static Map<String, String> attached(FileEntry file, int place) {
    Map<String, String> attached = new HashMap<>();
    if (file.attached() != null) {
      file.attached()
          .forEach(
              (name, base64) -> {
                if (base64 == null) {
                  throw Call.badField(
                      "apply.files.invalid",
                      "files[" + place + "].attached",
                      "has no content of " + name);
                }
                attached.put(name, base64);
              });
    }
    return attached;
  }

  Map<String, String> values() {
    Map<String, String> values = new HashMap<>();
    if (variables != null) {
      variables.forEach(
          (name, value) -> {
            if (value == null) {
              throw Call.badField(
                  "apply.variables.invalid", "variables." + name, "must be a string");
            }
            values.put(name, value);
          });
    }
    return values;
  }
}
