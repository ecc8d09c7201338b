package io.gyre.system;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Instant;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who may depend on whom. */
final class ArchitectureTest {
  private static final String[] OF_A_PROCESS = {
    "io.gyre.api..", "io.gyre.reconciler..", "io.gyre.runtime.host..", "io.gyre.supervisor.."
  };
  private static JavaClasses gyre;

  @BeforeAll
  static void read() {
    gyre =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.gyre");
  }

  @Test
  void aProcessNeverDependsOnAProcess() {
    for (String process : OF_A_PROCESS) {
      for (String other : OF_A_PROCESS) {
        if (!process.equals(other)) {
          hold(
              noClasses()
                  .that()
                  .resideInAPackage(process)
                  .should()
                  .dependOnClassesThat()
                  .resideInAPackage(other));
        }
      }
    }
  }

  @Test
  void whatProcessesShareKnowsNoProcess() {
    hold(
        noClasses()
            .that()
            .resideInAnyPackage(
                "io.gyre.model..",
                "io.gyre.messages..",
                "io.gyre.bus..",
                "io.gyre.store..",
                "io.gyre.vault..",
                "io.gyre.manifest..",
                "io.gyre.component..",
                "io.gyre.backup..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(OF_A_PROCESS));
  }

  @Test
  void theModelNeedsOnlyTheJdk() {
    hold(
        classes()
            .that()
            .resideInAPackage("io.gyre.model..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("io.gyre.model..", "java..", "org.jspecify.."));
  }

  @Test
  void messagesNeedOnlyTheModel() {
    hold(
        classes()
            .that()
            .resideInAPackage("io.gyre.messages..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                "io.gyre.messages..", "io.gyre.model..", "java..", "org.jspecify.."));
  }

  @Test
  void aPluginDependsOnTheSpiOnly() {
    hold(
        noClasses()
            .that()
            .resideInAnyPackage("io.gyre.runtime.process..", "io.gyre.runtime.docker..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "io.gyre.model..",
                "io.gyre.messages..",
                "io.gyre.bus..",
                "io.gyre.store..",
                "io.gyre.component..",
                "io.gyre.runtime.host.."));
    hold(
        classes()
            .that()
            .resideInAPackage("io.gyre.runtime.spi..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("io.gyre.runtime.spi..", "java..", "org.jspecify..", "org.pf4j.."));
  }

  @Test
  void theClientKnowsNothingOfTheServer() {
    hold(
        noClasses()
            .that()
            .resideInAPackage("io.gyre.cli..")
            .should()
            .dependOnClassesThat(
                DescribedPredicate.describe(
                    "are of Gyre's other modules",
                    other ->
                        other.getPackageName().startsWith("io.gyre.")
                            && !other.getPackageName().startsWith("io.gyre.cli"))));
  }

  @Test
  void oneModuleImportsEachHeavyLibrary() {
    onlyIn("net.openhft..", "io.gyre.bus..");
    onlyIn("org.jdbi..", "io.gyre.store..");
    onlyIn("org.sqlite..", "io.gyre.store..");
    onlyIn("org.bouncycastle..", "io.gyre.vault..");
    onlyIn("com.github.dockerjava..", "io.gyre.runtime.docker..");
    onlyIn("io.dropwizard..", "io.gyre.api..");
    onlyIn("org.apache.commons.daemon..", "io.gyre.supervisor..");
    onlyIn("info.picocli..", "io.gyre.cli..");
  }

  @Test
  void whatDecidesIsPure() {
    hold(
        noClasses()
            .that()
            .resideInAnyPackage("io.gyre.reconciler.plan..", "io.gyre.reconciler.autoscale..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "io.gyre.bus..",
                "io.gyre.store..",
                "io.gyre.messages..",
                "java.io..",
                "java.nio..",
                "java.net..",
                "java.util.concurrent.."));
    hold(
        noClasses()
            .that()
            .resideInAnyPackage("io.gyre.reconciler.plan..", "io.gyre.reconciler.autoscale..")
            .should()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime"));
  }

  /** The API seals, the runtime host opens, backups have them under a passphrase; nobody else. */
  @Test
  void onlyTheApiAndTheRuntimeHostHoldKeys() {
    hold(
        noClasses()
            .that()
            .resideOutsideOfPackages(
                "io.gyre.vault..", "io.gyre.api..", "io.gyre.backup..", "io.gyre.runtime.host..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.gyre.vault.."));
  }

  @Test
  void packagesAreNamedForWhatTheyAreAbout() {
    hold(
        noClasses()
            .should()
            .resideInAnyPackage("..util..", "..impl..", "..manager..", "..common..", "..helper.."));
  }

  private static void onlyIn(String library, String home) {
    hold(
        noClasses()
            .that()
            .resideOutsideOfPackage(home)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(library));
  }

  private static void hold(ArchRule rule) {
    rule.allowEmptyShould(false).check(gyre);
  }
}
