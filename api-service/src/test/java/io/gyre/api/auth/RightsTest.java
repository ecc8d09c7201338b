package io.gyre.api.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.store.PolicyRecord.Rule;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class RightsTest {
  private static final Permission READ = Permission.of("logs:read");
  private static final List<String> ALL = List.of("*");

  private static Rule rule(String resource, String verb, String... namespaces) {
    return new Rule(resource, List.of(verb), List.of(namespaces));
  }

  @Test
  void whatNoRuleAllowsIsRefused() {
    assertThat(Rights.of(List.of()).reach(READ).nowhere()).isTrue();
    Rights rights = Rights.of(List.of(rule("logs", "write", "*"), rule("events", "read", "*")));
    assertThat(rights.reach(READ).nowhere()).isTrue();
  }

  @Test
  void rulesAddUp() {
    Rights rights =
        Rights.of(
            List.of(rule("logs", "read", "a"), rule("*", "read", "b"), rule("logs", "*", "c")));
    Reach reach = rights.reach(READ);
    assertThat(reach.namespaces()).isEqualTo(Set.of("a", "b", "c"));
    assertThat(reach.includes("d")).isFalse();
    assertThat(reach.includes((String) null)).isFalse();
    assertThat(
            Rights.of(List.of(rule("logs", "read", "a", "*"))).reach(READ).includes((String) null))
        .isTrue();
  }

  @Test
  void everyBoundMustAllow() {
    Rights rights =
        Rights.of(List.of(rule("logs", "read", "a", "b")))
            .within(List.of(rule("*", "read", "b", "c")));
    assertThat(rights.reach(READ).namespaces()).isEqualTo(Set.of("b"));
    assertThat(rights.within(List.of()).reach(READ).nowhere()).isTrue();
    Rights all = Rights.of(List.of(Rights.EVERYTHING)).within(List.of(Rights.EVERYTHING));
    assertThat(all.reach(READ).everywhere()).isTrue();
  }

  @Test
  void whatIsGivenMustBeHad() {
    Rights rights = Rights.of(List.of(rule("logs", "read", "a"), rule("logs", "read", "b")));
    assertThat(rights.lacking(List.of(rule("logs", "read", "a", "b")))).isEmpty();
    assertThat(rights.lacking(List.of(rule("logs", "read", "a", "c")))).hasSize(1);
    assertThat(rights.lacking(List.of(rule("logs", "read", "*")))).hasSize(1);
    assertThat(rights.lacking(List.of(rule("logs", "*", "a")))).hasSize(1);
    assertThat(rights.lacking(List.of(rule("*", "read", "a")))).hasSize(1);
    Rights everything = Rights.of(List.of(Rights.EVERYTHING));
    assertThat(everything.lacking(List.of(new Rule("*", ALL, ALL), rule("x", "y", "z")))).isEmpty();
    assertThat(
            everything.within(List.of(rule("logs", "*", "*"))).lacking(List.of(Rights.EVERYTHING)))
        .hasSize(1);
  }

  @Test
  void eachRoleMayWhatTheOneBeforeMay() {
    Rights operator = Rights.of(Objects.requireNonNull(Roles.BUILT_IN.get("operator")));
    assertThat(operator.lacking(Objects.requireNonNull(Roles.BUILT_IN.get("viewer")))).isEmpty();
    Rights viewer = Rights.of(Objects.requireNonNull(Roles.BUILT_IN.get("viewer")));
    for (String text : List.of("secrets:read", "users:read", "instances:exec", "configs:write")) {
      assertThat(viewer.reach(Permission.of(text)).nowhere()).as(text).isTrue();
    }
    assertThat(operator.reach(Permission.of("users:read")).nowhere()).isTrue();
    assertThat(operator.reach(Permission.of("secrets:write")).everywhere()).isTrue();
  }

  @Test
  void whateverThereIsInANamespaceIsNotTheHost() {
    Permission use = Permission.of("host:use");
    assertThat(Rights.of(List.of(rule("*", "*", "a"))).reach(use).nowhere()).isTrue();
    assertThat(Rights.of(List.of(rule("host", "use", "a"))).reach(use).namespaces())
        .isEqualTo(Set.of("a"));
    assertThat(Rights.of(List.of(Rights.EVERYTHING)).reach(use).everywhere()).isTrue();
    assertThat(
            Rights.of(List.of(Rights.EVERYTHING)).within(List.of(rule("*", "*", "a"))).reach(use))
        .as("a token for some namespaces")
        .isEqualTo(Reach.NOWHERE);
  }
}
