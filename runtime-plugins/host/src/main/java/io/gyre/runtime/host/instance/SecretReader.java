package io.gyre.runtime.host.instance;

import io.gyre.model.ContentRef;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.VolumeMount;
import io.gyre.runtime.host.secret.Opener;
import io.gyre.runtime.spi.InstanceSecrets;
import io.gyre.store.SealedRecord;
import io.gyre.store.SecretState;
import io.gyre.store.SecretVersion;
import io.gyre.vault.SecretEntries;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is secret of one instance, opened for one start of it and then forgotten. Nothing that it
 * throws shows a value. One thread.
 */
final class SecretReader {
  private final SecretState store;
  private final Opener opener;
  private final String namespace;
  private final DeploymentSpec spec;
  private final Map<ContentRef, Map<String, byte[]>> opened = new HashMap<>();

  SecretReader(SecretState store, Opener opener, String namespace, DeploymentSpec spec) {
    this.store = store;
    this.opener = opener;
    this.namespace = namespace;
    this.spec = spec;
  }

  static boolean needed(DeploymentSpec spec) {
    return spec.used().stream().anyMatch(content -> content.kind() == ContentRef.Kind.SECRET);
  }

  /** Whether there are files of it. */
  static boolean mounted(DeploymentSpec spec) {
    return spec.volumes().stream().anyMatch(volume -> volume.type() == VolumeMount.Type.SECRET);
  }

  /**
   * @param configs for the keys of configs, which may win over those of secrets
   */
  InstanceSecrets read(ContentReader configs) {
    Map<String, String> environment = new TreeMap<>();
    EnvironmentPlan.of(spec, content -> keys(content, configs))
        .forEach(
            (name, origin) -> {
              if (origin instanceof EnvironmentPlan.Origin.Entry(ContentRef content, var key)
                  && content.kind() == ContentRef.Kind.SECRET) {
                environment.put(name, text(content, entry(content, key), name));
              }
            });
    List<InstanceSecrets.Volume> volumes = new ArrayList<>();
    for (VolumeMount volume : spec.volumes()) {
      if (volume.type() == VolumeMount.Type.SECRET) {
        ContentRef content = ContentRef.secret(volume.source());
        String key = volume.key();
        volumes.add(
            new InstanceSecrets.Volume(
                volume.destination(),
                key == null,
                key == null ? entries(content) : Map.of(key, entry(content, key))));
      }
    }
    return new InstanceSecrets(environment, volumes);
  }

  private Collection<String> keys(ContentRef content, ContentReader configs) {
    return switch (content.kind()) {
      case CONFIG -> configs.entries(content).keys();
      case SECRET -> version(content).keys();
    };
  }

  private Map<String, byte[]> entries(ContentRef content) {
    return opened.computeIfAbsent(
        content,
        each -> {
          SealedRecord sealed =
              store.sealed(version(each).sealed()).orElseThrow(() -> missing(each));
          return SecretEntries.decode(opener.open(sealed));
        });
  }

  /** The one that the revision was made with, else the newest. */
  private SecretVersion version(ContentRef content) {
    long pinned = spec.version(content);
    long version =
        pinned > 0
            ? pinned
            : store.secret(namespace, content.name()).orElseThrow(() -> missing(content)).version();
    return store
        .secretVersion(namespace, content.name(), version)
        .orElseThrow(() -> missing(content));
  }

  private byte[] entry(ContentRef content, @Nullable String key) {
    Map<String, byte[]> entries = entries(content);
    byte[] value =
        key != null
            ? entries.get(key)
            : entries.size() == 1 ? entries.values().iterator().next() : null;
    if (value == null) {
      throw new GyreException(
          ErrorKind.NOT_FOUND,
          "secret.entry_not_found",
          key == null
              ? "the " + content + " has not one entry, so a key is needed"
              : "the " + content + " has no entry \"" + key + "\"",
          "it has: " + String.join(", ", entries.keySet()));
    }
    return value;
  }

  private static String text(ContentRef content, byte[] value, String variable) {
    String why = null;
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(value)).toString();
      if (text.indexOf('\0') < 0) {
        return text;
      }
      why = "has a NUL character";
    } catch (CharacterCodingException e) {
      why = "is no UTF-8 text";
    }
    throw new GyreException(
        ErrorKind.INVALID,
        "secret.not_text",
        "the entry of the " + content + " for the variable " + variable + " " + why,
        "mount it as a file: volumes of type secret");
  }

  private GyreException missing(ContentRef content) {
    return new GyreException(
        ErrorKind.NOT_FOUND,
        "secret.not_found",
        "no " + content + " in namespace " + namespace,
        "make it: gyre secret create " + content.name() + " -n " + namespace);
  }
}
