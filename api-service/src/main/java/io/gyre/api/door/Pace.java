package io.gyre.api.door;

import io.gyre.api.http.Call;
import io.gyre.api.http.Identity;
import io.gyre.api.http.OwnEnds;
import io.gyre.api.http.Peer;
import io.gyre.api.problem.ProblemMapper;
import io.gyre.api.problem.TooManyRequests;
import io.gyre.component.ApiDoor;
import jakarta.annotation.Priority;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * How fast requests may come: of an identity, wherever it is, and of an address without one. An
 * identity never waits for what others of its address do. Who comes by the Unix-domain socket is
 * root or Gyre itself, and never waits, nor does this process when it asks itself.
 */
public final class Pace {
  /** Of an address, beside what identities do from there. */
  static final int STRANGERS_PER_SECOND = 50;

  private final Buckets strangers = new Buckets(() -> STRANGERS_PER_SECOND);
  private final Buckets identities;
  private final OwnEnds own;

  public Pace(Supplier<ApiDoor.Limits> limits, OwnEnds own) {
    this.own = own;
    this.identities = new Buckets(() -> limits.get().requests());
  }

  private static void require(Optional<Duration> wait, String who) {
    if (wait.isPresent()) {
      throw new TooManyRequests(who + " sends requests too fast", wait.get());
    }
  }

  /** Who says nothing of who they are. */
  @Priority(Priorities.AUTHENTICATION - 50)
  public final class OfStrangers implements ContainerRequestFilter, ContainerResponseFilter {
    @Override
    public void filter(ContainerRequestContext request) {
      if (request.getHeaderString("Authorization") == null) {
        require(take(request), "this address");
      }
    }

    /** Tokens that were refused count as none; valid ones of the same address are let in. */
    @Override
    public void filter(ContainerRequestContext request, ContainerResponseContext response) {
      if (response.getStatus() == 401 && request.getHeaderString("Authorization") != null) {
        take(request)
            .ifPresent(
                wait ->
                    ProblemMapper.replace(
                        request, response, new TooManyRequests("this address tries tokens", wait)));
      }
    }

    private Optional<Duration> take(ContainerRequestContext request) {
      String address = Peer.address(request);
      return address.equals(Peer.LOCAL) || own.sent(request)
          ? Optional.empty()
          : strangers.take(Peer.network(address), System.nanoTime());
    }
  }

  /** Who has proved who they are. */
  @Priority(Priorities.AUTHENTICATION + 50)
  public final class OfIdentities implements ContainerRequestFilter {
    @Override
    public void filter(ContainerRequestContext request) {
      if (request.getProperty(Call.IDENTITY) instanceof Identity identity
          && identity.kind() != Identity.Kind.LOCAL) {
        require(identities.take(identity.actor(), System.nanoTime()), identity.actor());
      }
    }
  }
}
