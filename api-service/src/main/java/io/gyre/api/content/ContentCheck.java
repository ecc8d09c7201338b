package io.gyre.api.content;

import io.gyre.model.ContainerSpec;
import io.gyre.model.ContentRef;
import io.gyre.model.Contents;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.RegistryAuth;
import io.gyre.model.VolumeMount;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Whether what a spec takes from configs and secrets is there. */
public final class ContentCheck {
  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  private final ContentState contents;
  private final String namespace;
  private final List<Problem> problems = new ArrayList<>();

  /**
   * @param path in the deployment, as in {@code environment.GREETING}
   */
  public record Problem(ContentRef content, String path, String slug, String message) {}

  private ContentCheck(ContentState contents, String namespace) {
    this.contents = contents;
    this.namespace = namespace;
  }

  /** What is missing; empty where nothing is. */
  public static List<Problem> problems(
      ContentState contents, String namespace, DeploymentSpec spec) {
    ContentCheck check = new ContentCheck(contents, namespace);
    for (int i = 0; i < spec.volumes().size(); i++) {
      VolumeMount volume = spec.volumes().get(i);
      ContentRef content = volume.content();
      if (content != null) {
        check.entry(content, volume.key(), false, "volumes[" + i + "]");
      }
    }
    spec.contents()
        .environment()
        .forEach(
            (name, entry) ->
                check.entry(entry.content(), entry.key(), true, "environment." + name));
    for (int i = 0; i < spec.contents().environmentFrom().size(); i++) {
      check.all(spec.contents().environmentFrom().get(i), "envFrom[" + i + "]");
    }
    check.login(spec.container());
    return check.problems;
  }

  private void login(@Nullable ContainerSpec container) {
    switch (container == null ? null : container.registryAuth()) {
      case null -> {}
      case RegistryAuth.HostLogin _ -> {}
      case RegistryAuth.Login login -> {
        String secret = login.passwordSecret();
        if (secret != null) {
          entry(ContentRef.secret(secret), login.passwordKey(), true, "config.password");
        }
      }
      case RegistryAuth.PullSecret pull -> {
        ContentRef content = ContentRef.secret(pull.secret());
        String path = "config.image_pull_secret";
        Set<String> keys = keys(content, path).orElse(Set.of(RegistryAuth.PullSecret.KEY));
        if (keys.size() != 1 && !keys.contains(RegistryAuth.PullSecret.KEY)) {
          add(
              content,
              path,
              "entry_not_found",
              "the "
                  + content
                  + " has several entries, and none is \""
                  + RegistryAuth.PullSecret.KEY
                  + "\"; "
                  + has(keys));
        }
      }
    }
  }

  private Optional<Set<String>> keys(ContentRef content, String path) {
    Optional<Set<String>> keys = contents.keys(namespace, content);
    if (keys.isEmpty()) {
      add(
          content,
          path,
          "not_found",
          "there is no "
              + content
              + " in the namespace "
              + namespace
              + "; apply it before or together");
    }
    return keys;
  }

  private void entry(ContentRef content, @Nullable String key, boolean single, String path) {
    Optional<Set<String>> keys = keys(content, path);
    if (keys.isEmpty()) {
      return;
    }
    if (key != null && !keys.get().contains(key)) {
      add(
          content,
          path,
          "entry_not_found",
          "the " + content + " has no entry \"" + key + "\"; " + has(keys.get()));
    } else if (key == null && single && keys.get().size() != 1) {
      add(
          content,
          path,
          "key.required",
          "the " + content + " has not one entry, so a key is needed; " + has(keys.get()));
    } else if (single) {
      text(content, key == null ? keys.get().iterator().next() : key, path);
    }
  }

  private void text(ContentRef content, String key, String path) {
    if (contents.isBinary(namespace, content, key)) {
      add(
          content,
          path,
          "not_text",
          "the entry \"" + key + "\" of the " + content + " is no text; mount it as a file");
    }
  }

  private void all(Contents.All all, String path) {
    for (String key : keys(all.content(), path).orElse(Set.of()).stream().sorted().toList()) {
      text(all.content(), key, path);
      if (!VARIABLE.matcher(all.prefix() + key).matches()) {
        add(
            all.content(),
            path,
            "key.invalid",
            "the entry \""
                + key
                + "\" of the "
                + all.content()
                + " can't be the name of a variable; refer to single entries in environment");
      }
    }
  }

  private static String has(Set<String> keys) {
    return keys.isEmpty()
        ? "it has none"
        : "it has " + String.join(", ", keys.stream().sorted().toList());
  }

  private void add(ContentRef content, String path, String slug, String message) {
    problems.add(new Problem(content, path, slug, message));
  }
}
