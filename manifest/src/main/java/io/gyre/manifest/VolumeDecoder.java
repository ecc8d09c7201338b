package io.gyre.manifest;

import io.gyre.model.ContentRef;
import io.gyre.model.Names;
import io.gyre.model.VolumeMount;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code volumes}. */
final class VolumeDecoder {
  static final Keys KEYS =
      new Keys(
          Order.of(
              "type", "source", "key", "destination", "driver", "permission", "shared", "retain"),
          Order.of("sub_path", "mode", "size"),
          Map.of(
              "target",
              "use destination",
              "path",
              "use destination",
              "read_only",
              "use permission: ro"));

  private static final Pattern VOLUME_NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}");
  private static final String FORM =
      "a map, as in {type: bind, source: /srv/data, destination: /data}";

  private enum Type {
    BIND,
    VOLUME,
    CONFIG,
    SECRET
  }

  private static final Map<String, Type> TYPES = new LinkedHashMap<>();
  private static final Map<String, Boolean> PERMISSIONS = new LinkedHashMap<>();

  static {
    TYPES.put("bind", Type.BIND);
    TYPES.put("volume", Type.VOLUME);
    TYPES.put("config", Type.CONFIG);
    TYPES.put("secret", Type.SECRET);
    PERMISSIONS.put("rw", false);
    PERMISSIONS.put("ro", true);
  }

  private VolumeDecoder() {}

  /**
   * @param shared whether it was written as a named volume that instances may write to
   */
  record Volume(VolumeMount mount, boolean shared, Value at) {}

  /**
   * @param uses where the configs that are mounted are added
   */
  static List<Volume> decode(
      @Nullable Value volumes, Target target, List<ContentDecoder.Use> uses) {
    List<Volume> all = new ArrayList<>();
    List<Value> items = volumes == null ? null : volumes.items("a list of volumes");
    Map<String, String> destinations = new HashMap<>();
    for (Value item : items == null ? List.<Value>of() : items) {
      Volume volume = decodeOne(item, target);
      if (volume == null) {
        continue;
      }
      String other = destinations.putIfAbsent(volume.mount().destination(), item.path());
      if (other != null) {
        item.problem("destination.duplicate", "the destination is already that of " + other);
      }
      ContentRef content = volume.mount().content();
      if (content != null) {
        uses.add(new ContentDecoder.Use(volume.at(), content, volume.mount().key()));
      }
      all.add(volume);
    }
    return all;
  }

  private static @Nullable Volume decodeOne(Value item, Target target) {
    Fields fields = item.fields(KEYS, FORM);
    if (fields == null) {
      return null;
    }
    Value typeValue = fields.require("type", "one of bind, volume, config, secret");
    Type type = typeValue == null ? null : typeValue.oneOf(TYPES, Set.of("tmpfs"));
    requireLocal(fields.get("driver"));
    Value permission = fields.get("permission");
    Boolean readOnly = permission == null ? Boolean.FALSE : permission.oneOf(PERMISSIONS);
    String destination = destination(fields);
    if (type == null) {
      return null;
    }
    Value sourceValue = fields.require("source", source(type));
    String source = sourceValue == null ? null : sourceValue.text(source(type));
    String key = key(fields, type);
    if (sourceValue == null || source == null || readOnly == null || destination == null) {
      return null;
    }
    if (fields.has("key") && key == null) {
      return null;
    }
    return mount(
        item,
        target,
        type,
        new Written(
            sourceValue,
            source,
            key,
            destination,
            readOnly,
            flag(fields.get("shared")),
            flag(fields.get("retain"))));
  }

  private record Written(
      Value sourceValue,
      String source,
      @Nullable String key,
      String destination,
      boolean readOnly,
      @Nullable Boolean shared,
      @Nullable Boolean retain) {}

  private static @Nullable Volume mount(Value item, Target target, Type type, Written written) {
    String source = written.source();
    if (type == Type.CONFIG) {
      refuse(item, written);
      target.need("FILE_MOUNTS", item, "mounting a config");
      if (written.key() == null) {
        target.need("HOST_FILES", item, "mounting all entries of a config as a directory");
      }
      if (!Names.valid(source)) {
        written.sourceValue().problem("invalid", "a config's name has " + Names.RULE);
        return null;
      }
      VolumeMount mount =
          new VolumeMount(
              VolumeMount.Type.CONFIG, source, written.key(), written.destination(), true);
      return new Volume(mount, false, item);
    }
    if (type == Type.SECRET) {
      refuse(item, written);
      target.need("SECRETS", item, "mounting a secret");
      if (!Names.valid(source)) {
        written.sourceValue().problem("invalid", "a secret's name has " + Names.RULE);
        return null;
      }
      VolumeMount mount =
          new VolumeMount(
              VolumeMount.Type.SECRET, source, written.key(), written.destination(), true);
      return new Volume(mount, false, item);
    }
    if (written.readOnly() && target.process()) {
      item.problem(
          "read_only_unsupported",
          "a process of the host can't be kept from writing where its user may write; use"
              + " permission: rw, a user that may only read, or a container");
    }
    if (type == Type.BIND && source.startsWith("/")) {
      refuse(item, written);
      target.need("BIND_MOUNTS", item, "mounting a path of the host");
      if (!AbsolutePath.valid(source) || source.indexOf(':') >= 0) {
        written
            .sourceValue()
            .problem(
                "invalid", Excerpt.quoted(source) + " has \"..\", \":\" or control characters");
        return null;
      }
      VolumeMount mount =
          new VolumeMount(
              VolumeMount.Type.BIND, source, null, written.destination(), written.readOnly());
      return new Volume(mount, false, item);
    }
    target.need("VOLUMES", item, "mounting a volume");
    if (!VOLUME_NAME.matcher(source).matches()) {
      written
          .sourceValue()
          .problem(
              "invalid",
              Excerpt.quoted(source)
                  + (type == Type.BIND
                      ? " is neither an absolute path of the host nor the name of a volume"
                      : " is not a volume's name: letters, digits, \"_\", \".\" and \"-\", at most"
                          + " 128"));
      return null;
    }
    VolumeMount mount =
        new VolumeMount(
            VolumeMount.Type.VOLUME,
            source,
            null,
            written.destination(),
            written.readOnly(),
            Boolean.TRUE.equals(written.shared()),
            !Boolean.FALSE.equals(written.retain()));
    return new Volume(mount, type == Type.VOLUME && !written.readOnly() && !mount.shared(), item);
  }

  private static void refuse(Value item, Written written) {
    if (written.shared() != null || written.retain() != null) {
      item.problem("conflict", "only a named volume has shared and retain");
    }
  }

  private static @Nullable Boolean flag(@Nullable Value value) {
    return value == null ? null : value.bool();
  }

  private static String source(Type type) {
    return switch (type) {
      case BIND -> "an absolute path of the host";
      case VOLUME -> "the name of a volume";
      case CONFIG -> "the name of a config";
      case SECRET -> "the name of a secret";
    };
  }

  private static @Nullable String key(Fields fields, Type type) {
    Value key = fields.get("key");
    if (type != Type.CONFIG && type != Type.SECRET) {
      if (key != null) {
        key.problem("invalid", "only a volume of type config or secret has a key");
      }
      return null;
    }
    return key == null ? null : ContentDecoder.key(key);
  }

  private static @Nullable String destination(Fields fields) {
    Value value = fields.require("destination", "an absolute path in the container");
    String path = value == null ? null : value.text("an absolute path");
    if (value == null || path == null) {
      return null;
    }
    if (!AbsolutePath.valid(path) || path.equals("/") || path.indexOf(':') >= 0) {
      value.problem(
          "invalid",
          Excerpt.quoted(path) + " is not an absolute path below \"/\" without \"..\" and \":\"");
      return null;
    }
    return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }

  private static void requireLocal(@Nullable Value driver) {
    if (driver != null) {
      driver.oneOf(Map.of("local", "local"), Set.of("nfs"));
    }
  }
}
