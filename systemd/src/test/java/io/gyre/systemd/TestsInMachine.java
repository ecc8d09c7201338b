package io.gyre.systemd;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.ClassSelector;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** Runs test classes in the JVM of a machine and says how many did what. */
final class TestsInMachine {
  private TestsInMachine() {}

  /**
   * @param args names of classes
   */
  public static void main(String[] args) {
    ClassSelector[] classes =
        Arrays.stream(args).map(DiscoverySelectors::selectClass).toArray(ClassSelector[]::new);
    SummaryGeneratingListener summaries = new SummaryGeneratingListener();
    Launcher launcher = LauncherFactory.create();
    launcher.execute(
        LauncherDiscoveryRequestBuilder.request()
            .selectors(classes)
            .configurationParameter("junit.jupiter.execution.timeout.default", "120 s")
            .build(),
        summaries,
        new TestExecutionListener() {
          @Override
          public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            if (test.isTest()) {
              System.out.println(result.getStatus() + " " + test.getDisplayName());
            }
          }
        });
    TestExecutionSummary summary = summaries.getSummary();
    summary.printFailuresTo(new PrintWriter(System.out, true, StandardCharsets.UTF_8), 20);
    System.out.println(
        "succeeded="
            + summary.getTestsSucceededCount()
            + " failed="
            + summary.getTotalFailureCount()
            + " skipped="
            + (summary.getTestsSkippedCount()
                + summary.getContainersSkippedCount()
                + summary.getTestsAbortedCount()));
    // Threads of a failed test may be left.
    Runtime.getRuntime().halt(0);
  }
}
