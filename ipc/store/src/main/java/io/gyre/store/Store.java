package io.gyre.store;

import io.gyre.model.Component;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The database as one process sees it; one per process, for any thread. Everything that fails
 * throws {@link GyreException} with a code that starts with {@code store.}, and has changed
 * nothing.
 *
 * <p>Threads may be interrupted at any time; that is left to the caller to notice.
 */
public final class Store implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Store.class);

  private final Path file;
  private final Component owner;
  private final Clock clock;
  private final int migrationsApplied;
  private final ReadPool reads;
  private final @Nullable WriteLane writes;
  private volatile Witness witness = Witness.NONE;

  private Store(
      Path file,
      Component owner,
      Clock clock,
      int migrationsApplied,
      ReadPool reads,
      @Nullable WriteLane writes) {
    this.file = file;
    this.owner = owner;
    this.clock = clock;
    this.migrationsApplied = migrationsApplied;
    this.reads = reads;
    this.writes = writes;
  }

  /**
   * Opens the database for one of the three processes that use it. API and RECONCILER make it and
   * bring it to this version's schema where that is missing; RUNTIME only reads.
   *
   * @throws GyreException {@code store.not_ready} for RUNTIME until one of the others has made it;
   *     {@code store.schema_newer} where a newer version has been here
   */
  public static Store open(Path file, Component owner, Clock clock) {
    Path absolute = file.toAbsolutePath().normalize();
    return switch (owner) {
      case API, RECONCILER -> openToWrite(absolute, owner, clock);
      case RUNTIME -> openToRead(absolute, owner, clock);
      case SUPERVISOR -> throw new IllegalArgumentException("the supervisor has no state");
    };
  }

  private static Store openToWrite(Path file, Component owner, Clock clock) {
    Path directory = directory(file);
    try {
      Directories.make(directory);
    } catch (IOException e) {
      throw notAccessible(directory, e);
    }
    NativeLibrary.prepare(directory);
    Connections connections = new Connections(file);
    int applied;
    WriteLane writes;
    // Stays open until the next one is: closing the last connection would remove the log.
    try (Connection connection = connections.openForMigration()) {
      applied = Schema.migrate(connection, file, owner, clock);
      writes = new WriteLane(file, connections, owner == Component.API);
    } catch (SQLException e) {
      throw Failures.of(file, e);
    }
    if (applied > 0) {
      LOG.info("{} is now at schema version {}", file, Schema.VERSION);
    }
    ReadPool reads = new ReadPool(file, () -> connections.reader(false));
    return new Store(file, owner, clock, applied, reads, writes);
  }

  private static Store openToRead(Path file, Component owner, Clock clock) {
    if (!Files.exists(file)) {
      throw Schema.notReady(file);
    }
    NativeLibrary.prepare(directory(file));
    Connections connections = new Connections(file);
    ReadPool reads = new ReadPool(file, () -> connections.reader(true));
    try {
      long found = reads.read(session -> new SessionReader(session).schemaVersion());
      Schema.require(found, file);
    } catch (RuntimeException e) {
      reads.close();
      throw e;
    }
    return new Store(file, owner, clock, 0, reads, null);
  }

  /** Look-ups for any thread; each sees the newest committed state. */
  public StateReader read() {
    return new PooledReader(reads);
  }

  /**
   * Runs several look-ups on one state, whatever is committed meanwhile. The reader is for the
   * calling thread and ends with the work, which must be short: it holds one of few connections.
   */
  public <T extends @Nullable Object> T snapshot(Function<StateReader, T> work) {
    return reads.snapshot(session -> work.apply(new SessionReader(session)));
  }

  /** Looks up who there is, on one state; as {@link #snapshot}. */
  public <T extends @Nullable Object> T identities(Function<IdentityState, T> work) {
    return reads.snapshot(session -> work.apply(new SessionIdentities(new SessionReader(session))));
  }

  /** Looks secrets and other sealed values up, on one state; as {@link #snapshot}. */
  public <T extends @Nullable Object> T secrets(Function<SecretState, T> work) {
    return reads.snapshot(session -> work.apply(new SessionSecrets(new SessionReader(session))));
  }

  /** Looks webhooks up, on one state; as {@link #snapshot}. */
  public <T extends @Nullable Object> T webhooks(Function<WebhookState, T> work) {
    return reads.snapshot(session -> work.apply(new SessionWebhooks(new SessionReader(session))));
  }

  /** From now on sees every transaction of {@link #desired}. */
  public void witness(Witness next) {
    witness = next;
  }

  /**
   * @throws IllegalStateException unless this is the API's
   */
  public DesiredWriter desired() {
    WriteLane lane = lane(Component.API, "desired");
    return new DesiredWriter() {
      @Override
      public <T extends @Nullable Object> T transact(Function<DesiredTx, T> work) {
        AtomicReference<@Nullable AuditHead> appended = new AtomicReference<>();
        T result =
            lane.transact(
                session -> {
                  SessionDesiredTx tx = new SessionDesiredTx(session, clock);
                  long before = tx.changedRows();
                  T value = work.apply(tx);
                  if (tx.changedRows() != before) {
                    witness.beforeCommit(tx, tx.recorded());
                  }
                  appended.set(tx.appended());
                  return value;
                });
        AuditHead head = appended.get();
        if (head != null) {
          witness.committed(head);
        }
        return result;
      }
    };
  }

  /**
   * @throws IllegalStateException unless this is the reconciler's
   */
  public ObservedWriter observed() {
    WriteLane lane = lane(Component.RECONCILER, "observed");
    return new ObservedWriter() {
      @Override
      public <T extends @Nullable Object> T transact(Function<ObservedTx, T> work) {
        boolean[] tookEpoch = new boolean[1];
        T result =
            lane.transact(
                session -> {
                  SessionObservedTx tx = new SessionObservedTx(session);
                  T value = work.apply(tx);
                  tookEpoch[0] = tx.tookEpoch();
                  return value;
                });
        if (tookEpoch[0]) {
          lane.transactDurably(
              session ->
                  session.run(handle -> handle.execute("UPDATE fencing SET synced = epoch")));
        }
        return result;
      }
    };
  }

  private WriteLane lane(Component writer, String what) {
    if (owner != writer || writes == null) {
      throw new IllegalStateException(
          "the " + what + " state is written by " + writer.id() + " only, this is " + owner.id());
    }
    return writes;
  }

  /** What the files take now. */
  public StoreStats stats() {
    return new StoreStats(size(file), size(file.resolveSibling(file.getFileName() + "-wal")));
  }

  /**
   * Moves the log into the database and truncates it, unless readers stand in the way for a quarter
   * of a second; then it does what it can. No process can write meanwhile.
   *
   * @throws IllegalStateException for a process that only reads
   */
  public void checkpoint() {
    if (writes == null) {
      throw new IllegalStateException(owner.id() + " only reads");
    }
    writes.checkpoint();
  }

  /** {@code ok}, or what is wrong, a line each. Reads the whole file. */
  public String integrityCheck() {
    try {
      return reads.snapshot(
          session -> {
            SessionReader state = new SessionReader(session);
            List<String> found = state.list(Rows.TEXT, "PRAGMA integrity_check");
            List<String> dangling = state.list(Rows.TEXT, "PRAGMA foreign_key_check");
            String text = String.join("\n", found);
            return dangling.isEmpty()
                ? text
                : text + "\nrows that refer to nothing in: " + String.join(", ", dangling);
          });
    } catch (GyreException e) {
      if (e.code().equals("store.corrupt")) {
        return "damaged: " + e.getMessage();
      }
      throw e;
    }
  }

  int migrationsApplied() {
    return migrationsApplied;
  }

  /** Waits for what runs; afterwards every call fails with {@code store.closed}. */
  @Override
  public void close() {
    reads.close();
    if (writes != null) {
      writes.close();
    }
  }

  private static Path directory(Path file) {
    Path directory = file.getParent();
    if (directory == null) {
      throw new IllegalArgumentException("not a file: " + file);
    }
    return directory;
  }

  private long size(Path part) {
    try {
      return Files.size(part);
    } catch (NoSuchFileException e) {
      return 0;
    } catch (IOException e) {
      throw notAccessible(part, e);
    }
  }

  private static GyreException notAccessible(Path path, IOException cause) {
    return new GyreException(
        ErrorKind.UNAVAILABLE,
        "store.not_accessible",
        path + " can't be used: " + cause.getMessage(),
        "check its owner and permissions",
        List.of(),
        cause);
  }
}
