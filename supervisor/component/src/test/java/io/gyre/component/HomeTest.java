package io.gyre.component;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.model.Component;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HomeTest {
  @TempDir Path directory;

  @Test
  void directoriesAreForTheOwnerOnly() throws Exception {
    Home home = new Home(directory.resolve("home"));
    home.create();
    home.create();
    for (Path path : new Path[] {home.root(), home.bus(), home.plugins(), home.logs()}) {
      assertThat(Files.getPosixFilePermissions(path)).as(path.toString()).hasSize(3);
    }
  }

  @Test
  void epochsOnlyGrowAlsoAfterTheirFileIsTorn() throws Exception {
    Home home = new Home(directory);
    home.create();
    assertThat(home.nextEpoch(Component.API)).isEqualTo(1);
    assertThat(home.nextEpoch(Component.API)).isEqualTo(2);
    Files.writeString(directory.resolve("data/epoch/api"), "torn");
    long afterTear = home.nextEpoch(Component.API);
    assertThat(afterTear).isGreaterThan(2);
    assertThat(home.nextEpoch(Component.API)).isEqualTo(afterTear + 1);
  }

  @Test
  void aLongRootGetsShortSockets() {
    Home home = new Home(Path.of("/tmp/" + "x".repeat(150)));
    assertThat(home.sockets().toString()).hasSizeLessThan(60);
    assertThat(new Home(Path.of("/srv/gyre")).sockets()).isEqualTo(Path.of("/srv/gyre/run"));
  }

  @Test
  void theHostIdStays() {
    Home home = new Home(directory);
    home.create();
    assertThat(home.hostId()).hasSize(12).isEqualTo(new Home(directory).hostId());
  }

  @Test
  void theEnvironmentNamesTheRoot() {
    assertThat(Home.resolve(Map.of("GYRE_HOME", "/srv/g")).root()).isEqualTo(Path.of("/srv/g"));
    assertThat(Home.resolve(Map.of("GYRE_HOME", "/srv/g")).configFile())
        .isEqualTo(Path.of("/srv/g/gyre.yaml"));
    assertThat(
            Home.resolve(Map.of("GYRE_HOME", "/srv/g", "GYRE_CONFIG", "/etc/g.yaml")).configFile())
        .isEqualTo(Path.of("/etc/g.yaml"));
    assertThat(Home.resolve(Map.of()).root().toString()).endsWith(".local/share/gyre");
  }
}
