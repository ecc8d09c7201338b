package io.gyre.api.admission;

import io.gyre.component.HostCapacity;
import io.gyre.model.Demand;
import io.gyre.store.StateReader;
import io.gyre.store.Store;
import io.gyre.store.WantedDemand;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The host: what it has, what is wanted of it, what is held. */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
public final class NodeResource {
  private static final int LARGEST = 10;

  /** Null: without a bound. */
  record Amount(@Nullable Long memoryBytes, @Nullable Long cpuMillis) {
    static Amount of(Demand demand) {
      return new Amount(bound(demand.memoryBytes()), bound(demand.cpuMillis()));
    }

    private static @Nullable Long bound(long amount) {
      return amount == Long.MAX_VALUE ? null : amount;
    }
  }

  record Wanted(String namespace, String name, int replicas, Amount each, Amount all) {}

  /**
   * @param machine all that is there
   * @param allocatable what all instances together may ask for
   * @param requested what all replicas that are wanted ask for
   * @param held what instances hold that have been started; a rollout holds more for a while
   * @param free of allocatable, beside what is requested
   */
  record Node(
      Amount machine,
      Amount allocatable,
      Amount requested,
      Amount held,
      Amount free,
      List<Wanted> largest) {}

  private final Store store;
  private final Supplier<HostCapacity> capacity;

  public NodeResource(Store store, Supplier<HostCapacity> capacity) {
    this.store = store;
    this.capacity = capacity;
  }

  @GET
  @Path("/node")
  public Object node() {
    HostCapacity host = capacity.get();
    return store.snapshot(state -> node(state, host));
  }

  private static Node node(StateReader state, HostCapacity host) {
    List<WantedDemand> wanted = state.demands();
    Demand requested = wanted.stream().map(WantedDemand::all).reduce(Demand.NONE, Demand::plus);
    Demand held = state.heldDemands().values().stream().reduce(Demand.NONE, Demand::plus);
    return new Node(
        Amount.of(host.machine()),
        Amount.of(host.allocatable()),
        Amount.of(requested),
        Amount.of(held),
        Amount.of(host.allocatable().without(requested)),
        wanted.stream()
            .sorted(
                Comparator.comparingLong((WantedDemand each) -> -each.all().memoryBytes())
                    .thenComparingLong(each -> -each.all().cpuMillis()))
            .limit(LARGEST)
            .map(
                each ->
                    new Wanted(
                        each.key().namespace(),
                        each.key().name(),
                        each.replicas(),
                        Amount.of(each.each()),
                        Amount.of(each.all())))
            .toList());
  }
}
