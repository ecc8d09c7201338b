package io.gyre.manifest;

import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.Violation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.Assertions;

/** What the tests of manifests share. */
final class Fixtures {
  /** A host that is not up yet. */
  static final RuntimeCatalog UNKNOWN = catalog(Map.of());

  /** A host with the two runtimes that Gyre brings and one of another's. */
  static final RuntimeCatalog HOST =
      catalog(
          Map.of(
              "docker",
              Target.DOCKER_AT_BEST,
              "process",
              Target.PROCESS_AT_BEST,
              "box",
              Set.of("CONTAINER"),
              "older",
              Set.of("CONTAINER", "SECRETS", "SIGNAL")));

  private Fixtures() {}

  static RuntimeCatalog catalog(Map<String, Set<String>> runtimes) {
    return new RuntimeCatalog() {
      @Override
      public Optional<Set<String>> capabilities(String runtime) {
        return Optional.ofNullable(runtimes.get(runtime));
      }

      @Override
      public Set<String> names() {
        return runtimes.keySet();
      }
    };
  }

  static Manifest parse(String text) {
    return parse(text, Map.of());
  }

  static Manifest parse(String text, Map<String, String> variables) {
    return new ManifestParser().parse(List.of(new ManifestSource("m.yaml", text)), variables, HOST);
  }

  static DeploymentDecl one(String text) {
    List<DeploymentDecl> deployments = parse(text).deployments();
    Assertions.assertThat(deployments).hasSize(1);
    return deployments.getFirst();
  }

  static List<String> problems(String text) {
    return problems(text, Map.of());
  }

  static List<String> problems(String text, Map<String, String> variables) {
    return violations(List.of(new ManifestSource("m.yaml", text)), variables, HOST).stream()
        .map(Violation::text)
        .toList();
  }

  static List<Violation> violations(String text) {
    return violations(List.of(new ManifestSource("m.yaml", text)), Map.of(), HOST);
  }

  /** The problems of a manifest, none where it is accepted; anything else fails the test. */
  static List<Violation> violations(
      List<ManifestSource> sources, Map<String, String> variables, RuntimeCatalog catalog) {
    try {
      Manifest manifest = new ManifestParser().parse(sources, variables, catalog);
      Assertions.assertThat(manifest).isNotNull();
      return List.of();
    } catch (GyreException e) {
      Assertions.assertThat(e.kind()).isEqualTo(ErrorKind.INVALID);
      Assertions.assertThat(e.code()).isEqualTo("manifest.invalid");
      Assertions.assertThat(e.violations()).isNotEmpty();
      return e.violations();
    }
  }

  static Path root() {
    return Path.of(System.getProperty("gyre.root", "..")).toAbsolutePath();
  }

  static String resource(String name) {
    try (var in = Fixtures.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("no test resource " + name);
      }
      return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String file(Path path) {
    try {
      return Files.readString(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
