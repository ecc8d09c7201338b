package io.gyre.manifest;

import io.gyre.model.Names;
import io.gyre.model.RegistryAuth;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Who pulls the image, of {@code config}: a login, the host's, or a secret; one of them. */
final class RegistryAuthDecoder {
  static final Keys SECRET_REF = new Keys(Order.of("secretRef"), Order.of(), Map.of());
  static final Keys SECRET_ENTRY = new Keys(Order.of("name", "key"), Order.of(), Map.of());

  /** A variable and nothing else, so that no password is written into a manifest. */
  private static final Pattern VARIABLE =
      Pattern.compile("\\$(?:[A-Za-z_][A-Za-z0-9_]*|\\{[A-Za-z_][A-Za-z0-9_]*\\})");

  private static final int LONGEST_PASSWORD = 16 * 1024;

  private RegistryAuthDecoder() {}

  /**
   * @param image null: it has a problem of its own
   */
  static @Nullable RegistryAuth decode(Fields config, @Nullable String image, Target target) {
    Map<Value, RegistryAuth> ways = new LinkedHashMap<>();
    List<Value> named = new ArrayList<>();
    Value login = first(config, "server", "username", "password");
    if (login != null) {
      named.add(login);
      RegistryAuth.Login decoded = login(config, login, image);
      if (decoded != null) {
        ways.put(login, decoded);
      }
    }
    Value host = config.get("use_host_auth");
    if (host != null && Boolean.TRUE.equals(host.bool())) {
      named.add(host);
      ways.put(host, new RegistryAuth.HostLogin());
    }
    Value pull = config.get("image_pull_secret");
    if (pull != null) {
      named.add(pull);
      String secret = secretName(pull);
      if (secret != null) {
        ways.put(pull, new RegistryAuth.PullSecret(secret));
      }
    }
    if (named.size() > 1) {
      named.forEach(
          value ->
              value.problem(
                  "conflict",
                  "an image is pulled with one login; keep one of username and password,"
                      + " use_host_auth and image_pull_secret"));
    }
    named.stream().findFirst().ifPresent(at -> target.need("REGISTRY_ACCESS", at, "a login"));
    return ways.values().stream().findFirst().orElse(null);
  }

  private static @Nullable Value first(Fields config, String... names) {
    for (String name : names) {
      if (config.has(name)) {
        return config.get(name);
      }
    }
    return null;
  }

  private static RegistryAuth.@Nullable Login login(
      Fields config, Value at, @Nullable String image) {
    Value serverValue = config.get("server");
    String server = server(serverValue, image);
    Value usernameValue = require(config, at, "username", "who pulls the image");
    String username = usernameValue == null ? null : usernameValue.textOrNumber("a user name");
    if (usernameValue != null
        && username != null
        && (username.isEmpty() || username.contains(":"))) {
      usernameValue.problem("invalid", "a user name has at least one character, and no \":\"");
      username = null;
    }
    Value passwordValue = require(config, at, "password", "a variable, or a secretRef");
    Value password = passwordValue == null ? null : passwordValue.secret();
    SecretEntry secret = null;
    boolean good = password != null;
    if (password != null && password.isMap()) {
      secret = secretEntry(password);
      good = secret != null;
    } else if (password != null) {
      good = text(password) != null;
    }
    if (server == null || username == null || !good) {
      return null;
    }
    return new RegistryAuth.Login(
        server,
        username,
        secret == null ? null : secret.name(),
        secret == null ? null : secret.key());
  }

  private static @Nullable Value require(Fields config, Value at, String name, String what) {
    Value value = config.get(name);
    if (value == null) {
      at.report("deployment.config." + name + ".required", "a login needs a " + name + ": " + what);
    }
    return value;
  }

  private static @Nullable String server(@Nullable Value written, @Nullable String image) {
    String text = written == null ? null : written.text("a registry, as in registry.example.com");
    if (written != null && text == null) {
      return null;
    }
    if (written == null || text == null) {
      return image == null ? null : ImageReference.registry(image);
    }
    Optional<String> server = ImageReference.server(text);
    if (server.isEmpty()) {
      written.problem(
          "invalid",
          Excerpt.quoted(text)
              + " is no registry; expected host[:port], as in registry.example.com");
      return null;
    }
    if (image != null && !server.get().equals(ImageReference.registry(image))) {
      written.problem(
          "mismatch",
          "the image comes from "
              + ImageReference.registry(image)
              + ", not from "
              + server.get()
              + "; correct one of them, or leave server out");
      return null;
    }
    return server.get();
  }

  private record SecretEntry(String name, @Nullable String key) {}

  private static @Nullable SecretEntry secretEntry(Value password) {
    Fields fields = password.fields(SECRET_REF);
    Value reference = fields == null ? null : fields.require("secretRef", "the name of a secret");
    if (reference == null) {
      return null;
    }
    if (!reference.isMap()) {
      String name = secretName(reference);
      return name == null ? null : new SecretEntry(name, null);
    }
    Fields entry = reference.fields(SECRET_ENTRY);
    Value nameValue = entry == null ? null : entry.require("name", "the name of a secret");
    String name = nameValue == null ? null : secretName(nameValue);
    Value keyValue = entry == null ? null : entry.get("key");
    String key = keyValue == null ? null : keyValue.text("the key of an entry");
    return name == null || (keyValue != null && key == null) ? null : new SecretEntry(name, key);
  }

  private static @Nullable String secretName(Value value) {
    String name = value.text("the name of a secret");
    if (name != null && !Names.valid(name)) {
      value.problem("invalid", Excerpt.quoted(name) + " is no name of a secret: use " + Names.RULE);
      return null;
    }
    return name;
  }

  private static @Nullable String text(Value password) {
    if (password.isScalar() && !password.isNull() && !password.isWritten(VARIABLE)) {
      password.problem(
          "literal",
          "a password isn't written into a manifest; name a variable, as in ${REGISTRY_PASSWORD}, or"
              + " a secret, as in {secretRef: NAME}");
      return null;
    }
    String text = password.scalar("a variable or a secretRef");
    if (text != null && (text.isEmpty() || text.length() > LONGEST_PASSWORD)) {
      password.problem(
          "invalid", "the variable holds " + (text.isEmpty() ? "nothing" : "too long a text"));
      return null;
    }
    return text;
  }

  /** What the manifest has of a deployment without problems; null: nothing. */
  static @Nullable Password password(Fields deployment) {
    Value block = deployment.get("config");
    Fields config = block == null ? null : block.fields(ContainerDecoder.CONFIG);
    Value password = config == null ? null : config.get("password");
    String text =
        password == null || password.isMap() ? null : password.secret().scalar("a variable");
    return text == null ? null : new Password(text);
  }
}
