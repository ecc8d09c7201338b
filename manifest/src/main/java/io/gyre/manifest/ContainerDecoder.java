package io.gyre.manifest;

import io.gyre.model.ContainerSpec;
import io.gyre.model.PullPolicy;
import io.gyre.model.RegistryAuth;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code image}, {@code command} and {@code config} of a container. */
final class ContainerDecoder {
  static final Keys CONFIG =
      new Keys(
          Order.of(
              "image_pull_policy",
              "user",
              "server",
              "username",
              "password",
              "use_host_auth",
              "image_pull_secret"),
          Order.of(),
          Map.of("pull_policy", "use image_pull_policy", "privileged", "use user.privileged"));
  static final Keys USER =
      new Keys(
          Order.of("id", "group", "privileged"),
          Order.of(),
          Map.of("uid", "use id", "gid", "use group"));

  private static final PullPolicy DEFAULT_PULL = PullPolicy.IF_NOT_PRESENT;
  private static final Pattern PULL =
      Pattern.compile("always|if[-_]?not[-_]?present|never", Pattern.CASE_INSENSITIVE);
  private static final int MAX_ID = Integer.MAX_VALUE;

  private ContainerDecoder() {}

  private record Config(
      PullPolicy pull, @Nullable String user, boolean privileged, @Nullable RegistryAuth auth) {
    static final Config DEFAULT = new Config(DEFAULT_PULL, null, false, null);
  }

  static @Nullable ContainerSpec decode(Value image, Fields deployment, Target target) {
    target.need("CONTAINER", image, "running an image");
    String reference = image.text("an image reference");
    if (reference != null) {
      Optional<String> problem = ImageReference.problem(reference);
      if (problem.isPresent()) {
        image.problem("invalid", problem.get());
        reference = null;
      }
    }
    Value commandValue = deployment.get("command");
    List<String> command = commandValue == null ? List.of() : command(commandValue);
    Value configValue = deployment.get("config");
    Config config = configValue == null ? Config.DEFAULT : config(configValue, reference, target);
    if (reference == null || command == null) {
      return null;
    }
    return new ContainerSpec(
        reference, command, config.pull(), config.user(), config.privileged(), config.auth());
  }

  private static @Nullable List<String> command(Value command) {
    if (!command.isScalar() || command.isNull()) {
      return CommandLine.words(command, "a list of the command and its arguments", false);
    }
    String line = command.scalar("a list");
    if (line != null) {
      String list =
          ShellWords.split(line)
              .filter(words -> words.size() <= 8 && line.length() <= 100)
              .map(words -> "; write " + asList(words))
              .orElse("");
      command.problem(
          "wrong_type", "expected a list of the command and its arguments, found text" + list);
    }
    return null;
  }

  private static String asList(List<String> words) {
    return words.stream()
        .map(Excerpt::quoted)
        .collect(java.util.stream.Collectors.joining(", ", "[", "]"));
  }

  private static Config config(Value value, @Nullable String image, Target target) {
    Fields fields = value.fields(CONFIG);
    if (fields == null) {
      return Config.DEFAULT;
    }
    Value pull = fields.get("image_pull_policy");
    PullPolicy policy = pull == null ? DEFAULT_PULL : pullPolicy(pull);
    RegistryAuth auth = RegistryAuthDecoder.decode(fields, image, target);
    Value user = fields.get("user");
    Fields userFields = user == null ? null : user.fields(USER);
    if (userFields == null) {
      return new Config(policy, null, false, auth);
    }
    Value privileged = userFields.get("privileged");
    boolean raised = privileged != null && Boolean.TRUE.equals(privileged.bool());
    if (raised && privileged != null) {
      target.need("PRIVILEGED", privileged, "privileged");
    }
    return new Config(policy, user(userFields, target), raised, auth);
  }

  private static @Nullable String user(Fields fields, Target target) {
    Value id = fields.get("id");
    Value group = fields.get("group");
    Integer uid = id == null ? null : id.integer(0, MAX_ID);
    Integer gid = group == null ? null : group.integer(0, MAX_ID);
    if (id != null) {
      target.need("USER", id, "a user");
    } else if (group != null) {
      group.problem("without_id", "a group needs an id too");
    }
    return uid == null ? null : gid == null ? uid.toString() : uid + ":" + gid;
  }

  private static PullPolicy pullPolicy(Value value) {
    String text = value.text("Always, IfNotPresent or Never");
    if (text == null) {
      return DEFAULT_PULL;
    }
    if (!PULL.matcher(text).matches()) {
      value.problem(
          "unsupported",
          "unknown value "
              + Excerpt.quoted(text)
              + "; use one of Always, IfNotPresent, Never"
              + Suggestion.question(text, List.of("Always", "IfNotPresent", "Never")));
      return DEFAULT_PULL;
    }
    return switch (text.toLowerCase(Locale.ROOT).charAt(0)) {
      case 'a' -> PullPolicy.ALWAYS;
      case 'n' -> PullPolicy.NEVER;
      default -> PullPolicy.IF_NOT_PRESENT;
    };
  }
}
