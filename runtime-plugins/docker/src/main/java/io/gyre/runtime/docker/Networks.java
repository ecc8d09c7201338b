package io.gyre.runtime.docker;

import com.fasterxml.jackson.core.type.TypeReference;
import com.github.dockerjava.api.model.ContainerNetwork;
import com.github.dockerjava.api.model.Network;
import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimeFailure.Kind;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One bridge network per namespace of this host, {@code gyre_NAMESPACE}, or {@code
 * gyre_NAMESPACE_HOSTID} where another host on the same engine has that name. It goes with the last
 * instance of the namespace, for an engine has about 30 subnets to give.
 */
final class Networks {
  private static final Logger LOG = LoggerFactory.getLogger(Networks.class);

  private static final TypeReference<List<Network>> NETWORKS = new TypeReference<>() {};

  private final Engine engine;
  private final String hostId;

  /** Read: a container is being made in the network. Write: it may be removed. */
  private final Map<String, ReentrantReadWriteLock> uses = new ConcurrentHashMap<>();

  private final Object making = new Object();

  /** Holds the network while a container is made in it. */
  interface Use extends AutoCloseable {
    /** Its name; it is made if need be. */
    String network() throws RuntimeFailure;

    @Override
    void close();
  }

  Networks(Engine engine, String hostId) {
    this.engine = engine;
    this.hostId = hostId;
  }

  Use use(String namespace) {
    ReentrantReadWriteLock lock = lock(namespace);
    lock.readLock().lock();
    return new Use() {
      @Override
      public String network() throws RuntimeFailure {
        return ensure(namespace);
      }

      @Override
      public void close() {
        lock.readLock().unlock();
      }
    };
  }

  private ReentrantReadWriteLock lock(String namespace) {
    return uses.computeIfAbsent(namespace, key -> new ReentrantReadWriteLock());
  }

  /** The name of the namespace's network, which is made if need be. */
  String ensure(String namespace) throws RuntimeFailure {
    Optional<Network> existing = find(namespace);
    if (existing.isPresent()) {
      return existing.get().getName();
    }
    // The engine allows two networks of one name, its own check notwithstanding.
    synchronized (making) {
      existing = find(namespace);
      if (existing.isPresent()) {
        return existing.get().getName();
      }
      String name = "gyre_" + namespace;
      try {
        String made = create(name, namespace);
        if (isAlsoAnothers(name)) {
          remove(made);
          create(name + "_" + hostId, namespace);
        }
      } catch (RuntimeFailure e) {
        if (e.kind() != Kind.CONFLICT) {
          throw e;
        }
        create(name + "_" + hostId, namespace);
      }
      return oldest(namespace);
    }
  }

  /**
   * Whether another host has made a network of that name at the same time; of two hosts that look
   * after they made theirs, one sees the other's at least.
   */
  private boolean isAlsoAnothers(String name) throws RuntimeFailure {
    return engine.list("/networks", List.of(Labels.HOST), NETWORKS).stream()
        .anyMatch(
            network ->
                network.getName().equals(name)
                    && !hostId.equals(network.getLabels().get(Labels.HOST)));
  }

  /** Whether two hosts made a network of one name just now; one of them takes another at once. */
  static boolean isAmbiguous(RuntimeFailure e) {
    return String.valueOf(e.getMessage()).contains("is ambiguous");
  }

  /** Two generations of this plugin may make the network at the same time: the first one stays. */
  private String oldest(String namespace) throws RuntimeFailure {
    List<Network> found = all(namespace);
    if (found.isEmpty()) {
      throw new RuntimeFailure(
          Kind.NOT_FOUND,
          "network_removed",
          "the network of namespace " + namespace + " was removed while it was made",
          "start it again");
    }
    for (Network later : found.subList(1, found.size())) {
      try {
        remove(later.getId());
      } catch (RuntimeFailure e) {
        LOG.debug("a second network of namespace {} stays: {}", namespace, e.getMessage());
      }
    }
    return found.getFirst().getName();
  }

  /** Puts a container that is down into the network in place of one that was removed. */
  void rejoin(InstanceSpec spec, String container) throws RuntimeFailure {
    String network = ensure(spec.namespace());
    engine.tell(
        docker ->
            docker
                .disconnectFromNetworkCmd()
                .withNetworkId(network)
                .withContainerId(container)
                .withForce(true)
                .exec());
    engine.tell(
        docker ->
            docker
                .connectToNetworkCmd()
                .withNetworkId(network)
                .withContainerId(container)
                .withContainerNetwork(
                    new ContainerNetwork().withAliases(spec.deployment(), spec.id()))
                .exec());
  }

  private Optional<Network> find(String namespace) throws RuntimeFailure {
    return all(namespace).stream().findFirst();
  }

  /** Oldest first. */
  private List<Network> all(String namespace) throws RuntimeFailure {
    List<Network> found =
        engine.list("/networks", Labels.namespaceFilter(hostId, namespace), NETWORKS);
    return found.stream()
        .sorted(Comparator.comparing(Network::getCreated).thenComparing(Network::getId))
        .toList();
  }

  private String create(String name, String namespace) throws RuntimeFailure {
    return engine
        .tell(
            docker ->
                docker
                    .createNetworkCmd()
                    .withName(name)
                    .withDriver("bridge")
                    .withCheckDuplicate(true)
                    .withLabels(Labels.ofNamespace(namespace, hostId))
                    .exec())
        .getId();
  }

  private void remove(String id) throws RuntimeFailure {
    engine.tell(docker -> docker.removeNetworkCmd(id).exec());
  }

  /** Removes the network if no container of the namespace is left; never fails. */
  void release(String namespace) {
    ReentrantReadWriteLock lock = lock(namespace);
    if (!lock.writeLock().tryLock()) {
      return;
    }
    try {
      boolean used =
          !engine
              .list(
                  "/containers/json",
                  Labels.namespaceFilter(hostId, namespace),
                  Containers.CONTAINERS)
              .isEmpty();
      Optional<Network> network = used ? Optional.empty() : find(namespace);
      if (network.isPresent()) {
        remove(network.get().getId());
      }
    } catch (RuntimeFailure e) {
      LOG.debug("the network of namespace {} stays: {}", namespace, e.getMessage());
    } finally {
      lock.writeLock().unlock();
    }
  }
}
