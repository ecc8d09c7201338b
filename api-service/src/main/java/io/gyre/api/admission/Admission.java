package io.gyre.api.admission;

import io.gyre.model.Amounts;
import io.gyre.model.Demand;
import io.gyre.model.DeploymentKey;
import io.gyre.model.GyreException;
import io.gyre.model.Quota;
import io.gyre.model.Usage;
import io.gyre.model.Violation;
import io.gyre.store.StateReader;
import io.gyre.store.WantedDemand;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Refuses what there is no room for: on the host, or in the quota of a namespace. Only what grows
 * is refused: where more is wanted already than there is room for, it can be lowered step by step.
 */
public final class Admission {
  private static final int LARGEST = 3;
  private static final Locale ROOT = Locale.ROOT;
  private static final List<Measure> OF_HOST = List.of(Measure.MEMORY, Measure.CPU);

  private final Supplier<Demand> capacity;

  /**
   * @param capacity what all instances together may ask of the host; may read files
   */
  public Admission(Supplier<Demand> capacity) {
    this.capacity = capacity;
  }

  /**
   * @param state before the change
   * @param newQuotas of namespaces whose quota the same change sets
   * @throws GyreException with every problem of all claims
   */
  public void require(StateReader state, List<Claim> claims, Map<String, Quota> newQuotas) {
    List<Violation> problems = new ArrayList<>();
    host(state, claims, problems);
    quotas(state, claims, newQuotas, problems);
    if (!problems.isEmpty()) {
      throw GyreException.invalid("admission.refused", problems);
    }
  }

  private void host(StateReader state, List<Claim> claims, List<Violation> problems) {
    if (OF_HOST.stream().noneMatch(each -> grows(claims, each))) {
      return;
    }
    Demand all = capacity.get();
    List<WantedDemand> wanted = state.demands();
    Demand used = wanted.stream().map(WantedDemand::all).reduce(Demand.NONE, Demand::plus);
    for (Measure measure : OF_HOST) {
      long growth = claims.stream().mapToLong(measure::growth).sum();
      long room = measure.of(all);
      if (growth > 0 && room != Long.MAX_VALUE && measure.of(used) > room - growth) {
        String have =
            measure.text(Math.max(0, room - measure.of(used)))
                + " of "
                + measure.text(room)
                + " are free"
                + largest(wanted, measure);
        for (Claim claim : claims) {
          long need = measure.growth(claim);
          if (need > 0) {
            problems.add(
                violation(
                    claim,
                    "deployment.resources.insufficient_" + measure.name().toLowerCase(ROOT),
                    "the host has not enough "
                        + measure.word()
                        + ": "
                        + needs(claim, measure, need, growth)
                        + ", "
                        + have));
          }
        }
      }
    }
  }

  private static String needs(Claim claim, Measure measure, long need, long growth) {
    long each = measure.of(claim.each());
    String parts = each == 0 ? "" : " for " + claim.after().replicas() + " × " + measure.text(each);
    return claim.key()
        + " needs "
        + measure.text(need)
        + " more"
        + parts
        + (need == growth ? "" : " and all of it together " + measure.text(growth));
  }

  private static String largest(List<WantedDemand> wanted, Measure measure) {
    String largest =
        wanted.stream()
            .filter(each -> measure.of(each.all()) > 0)
            .sorted(
                Comparator.comparingLong((WantedDemand each) -> -measure.of(each.all()))
                    .thenComparing(each -> each.key().toString()))
            .limit(LARGEST)
            .map(each -> each.key() + " " + measure.text(measure.of(each.all())))
            .collect(Collectors.joining(", "));
    return largest.isEmpty() ? "" : "; largest: " + largest;
  }

  private void quotas(
      StateReader state,
      List<Claim> claims,
      Map<String, Quota> newQuotas,
      List<Violation> problems) {
    Map<String, List<Claim>> byNamespace =
        claims.stream()
            .collect(
                Collectors.groupingBy(
                    claim -> claim.key().namespace(), LinkedHashMap::new, Collectors.toList()));
    Map<String, Quota> quotas = new LinkedHashMap<>(state.quotas());
    quotas.putAll(newQuotas);
    byNamespace.forEach(
        (namespace, own) -> {
          Quota quota = quotas.get(namespace);
          if (quota != null && !quota.equals(Quota.NONE)) {
            quota(namespace, quota, state.usage(namespace), own, problems);
          }
        });
  }

  private static void quota(
      String namespace, Quota quota, Usage usage, List<Claim> claims, List<Violation> problems) {
    for (Measure measure : Measure.values()) {
      Long bound = measure.bound(quota);
      if (bound == null) {
        continue;
      }
      long growth = claims.stream().mapToLong(measure::growth).sum();
      long used = measure.used(usage);
      for (Claim claim : claims) {
        long need = measure.growth(claim);
        if (need > 0 && growth > 0 && used > bound - growth) {
          problems.add(
              violation(
                  claim,
                  "namespace.quota." + measure.name().toLowerCase(ROOT),
                  "the quota of namespace "
                      + namespace
                      + " has not enough "
                      + measure.word()
                      + ": "
                      + needs(claim, measure, need, growth)
                      + ", "
                      + measure.text(Math.max(0, bound - used))
                      + " of "
                      + measure.text(bound)
                      + " are left"));
        }
        if (OF_HOST.contains(measure) && claim.instances() > 0 && measure.of(claim.each()) == 0) {
          String field = measure.name().toLowerCase(ROOT);
          problems.add(
              violation(
                  claim,
                  "deployment.resources.required",
                  "namespace "
                      + namespace
                      + " has a quota of "
                      + measure.word()
                      + ", so "
                      + claim.key()
                      + " must say how much it needs: resources.requests."
                      + field
                      + " or resources.limits."
                      + field));
        }
      }
    }
  }

  private static boolean grows(List<Claim> claims, Measure measure) {
    return claims.stream().anyMatch(claim -> measure.growth(claim) > 0);
  }

  private static Violation violation(Claim claim, String code, String message) {
    return new Violation(
        code, claim.path(), message, claim.file(), claim.line(), claim.line() == 0 ? 0 : 1);
  }

  /**
   * Whose new revision has to wait for room beside the old one, and why in words. The replicas
   * themselves fit.
   */
  public Map<DeploymentKey, String> surges(StateReader state, List<Claim> newRevisions) {
    List<Claim> beside = newRevisions.stream().filter(Admission::needsRoomBeside).toList();
    if (beside.isEmpty()) {
      return Map.of();
    }
    Demand used = state.demands().stream().map(WantedDemand::all).reduce(Demand.NONE, Demand::plus);
    Demand free = capacity.get().without(used);
    Map<DeploymentKey, String> waiting = new HashMap<>();
    for (Claim claim : beside) {
      if (free.fits(claim.each(), 1) == 0) {
        waiting.put(claim.key(), waits(claim.each(), free));
      }
    }
    return waiting;
  }

  /** Whether no old instance goes before a new one serves. */
  private static boolean needsRoomBeside(Claim claim) {
    int replicas = claim.after().replicas();
    return claim.before() != null
        && !claim.each().isNone()
        && !claim.after().recreates()
        && replicas > 0
        && claim.after().rollout().unavailable(replicas) == 0;
  }

  private static String waits(Demand each, Demand free) {
    boolean memory = each.memoryBytes() > free.memoryBytes();
    return "a new instance needs "
        + (memory ? Amounts.memory(each.memoryBytes()) : Amounts.cpu(each.cpuMillis()) + " CPU")
        + " beside the old ones and "
        + (memory ? Amounts.memory(free.memoryBytes()) : Amounts.cpu(free.cpuMillis()))
        + " are free: the rollout waits for room; with rollout.max_unavailable: 1 or"
        + " rollout.strategy: recreate it needs none";
  }
}
