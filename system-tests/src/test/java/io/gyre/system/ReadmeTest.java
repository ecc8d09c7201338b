package io.gyre.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.component.GyreConfig;
import io.gyre.component.Home;
import io.gyre.manifest.Manifest;
import io.gyre.manifest.ManifestParser;
import io.gyre.manifest.ManifestSource;
import io.gyre.manifest.RuntimeCatalog;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README shows is true. */
final class ReadmeTest {
  private static final Pattern YAML = Pattern.compile("```yaml\\n(.*?)```", Pattern.DOTALL);
  private static final Pattern LINK = Pattern.compile("]\\(([^)#]+)\\)");
  private final Path root = Path.of(System.getProperty("gyre.root"));

  @TempDir private Path directory;

  @Test
  void itsManifestAndItsConfigurationAreAccepted() throws Exception {
    List<String> blocks =
        YAML.matcher(Files.readString(root.resolve("README.md")))
            .results()
            .map(m -> m.group(1))
            .toList();
    assertThat(blocks).hasSize(2);
    Manifest manifest =
        new ManifestParser()
            .parse(
                List.of(new ManifestSource("README.md", blocks.getFirst())),
                Map.of(),
                new RuntimeCatalog() {
                  @Override
                  public Optional<Set<String>> capabilities(String runtime) {
                    return Optional.empty();
                  }

                  @Override
                  public Set<String> names() {
                    return Set.of();
                  }
                });
    assertThat(manifest.deployments()).hasSize(2);
    Files.writeString(directory.resolve("gyre.yaml"), blocks.getLast());
    GyreConfig config = GyreConfig.load(new Home(directory));
    Files.writeString(directory.resolve("gyre.yaml"), "");
    GyreConfig defaults = GyreConfig.load(new Home(directory));
    assertThat(config.api()).as("it shows the defaults").isEqualTo(defaults.api());
    assertThat(config.reconciler()).isEqualTo(defaults.reconciler());
    assertThat(config.logLevel()).isEqualTo(defaults.logLevel());
  }

  @Test
  void itsLinksLeadSomewhere() throws Exception {
    Matcher links = LINK.matcher(Files.readString(root.resolve("README.md")));
    while (links.find()) {
      if (!links.group(1).startsWith("http")) {
        assertThat(root.resolve(links.group(1))).exists();
      }
    }
  }
}
