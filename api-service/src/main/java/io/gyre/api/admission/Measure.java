package io.gyre.api.admission;

import io.gyre.model.Amounts;
import io.gyre.model.Demand;
import io.gyre.model.Quota;
import io.gyre.model.Usage;
import org.jspecify.annotations.Nullable;

/** What is counted. */
enum Measure {
  DEPLOYMENTS {
    @Override
    @Nullable Long bound(Quota quota) {
      return quota.deployments();
    }

    @Override
    long used(Usage usage) {
      return usage.deployments();
    }

    @Override
    long growth(Claim claim) {
      return claim.deployments();
    }
  },
  INSTANCES {
    @Override
    @Nullable Long bound(Quota quota) {
      return quota.instances();
    }

    @Override
    long used(Usage usage) {
      return usage.instances();
    }

    @Override
    long growth(Claim claim) {
      return claim.instances();
    }
  },
  MEMORY {
    @Override
    @Nullable Long bound(Quota quota) {
      return quota.memoryBytes();
    }

    @Override
    long used(Usage usage) {
      return of(usage.demand());
    }

    @Override
    long growth(Claim claim) {
      return of(claim.demandAfter()) - of(claim.demandBefore());
    }

    @Override
    long of(Demand demand) {
      return demand.memoryBytes();
    }

    @Override
    String text(long amount) {
      return Amounts.memory(amount);
    }
  },
  CPU {
    @Override
    @Nullable Long bound(Quota quota) {
      return quota.cpuMillis();
    }

    @Override
    long used(Usage usage) {
      return of(usage.demand());
    }

    @Override
    long growth(Claim claim) {
      return of(claim.demandAfter()) - of(claim.demandBefore());
    }

    @Override
    long of(Demand demand) {
      return demand.cpuMillis();
    }

    @Override
    String text(long amount) {
      return Amounts.cpu(amount);
    }
  };

  /** Null: none. */
  abstract @Nullable Long bound(Quota quota);

  abstract long used(Usage usage);

  abstract long growth(Claim claim);

  /** Of what a host has; nothing where hosts don't have that. */
  long of(Demand demand) {
    return 0;
  }

  String text(long amount) {
    return Long.toString(amount);
  }

  String word() {
    return this == CPU ? "CPU" : name().toLowerCase(java.util.Locale.ROOT);
  }
}
