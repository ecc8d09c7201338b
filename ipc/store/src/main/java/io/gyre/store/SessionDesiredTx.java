package io.gyre.store;

import io.gyre.model.Autoscale;
import io.gyre.model.ChangeRecord;
import io.gyre.model.ConfigContent;
import io.gyre.model.Demand;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.JobRequest;
import io.gyre.model.Quota;
import io.gyre.model.VolumeMount;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The API's statements. */
final class SessionDesiredTx extends SessionReader implements DesiredTx {
  private static final int SEALED_AT_ONCE = 20_000;

  private final Clock clock;
  private final List<ChangeRecord> recorded = new ArrayList<>();
  private @Nullable AuditHead appended;

  SessionDesiredTx(Session session, Clock clock) {
    super(session);
    this.clock = clock;
  }

  @Override
  public void putNamespace(String name) {
    execute(
        "INSERT INTO namespace (name, created_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
        name,
        clock.millis());
  }

  @Override
  public void markDeleting(String namespace) {
    execute("UPDATE namespace SET deleting = 1 WHERE name = ?", namespace);
  }

  @Override
  public void addVolumeRemoval(String namespace, String name, String correlation) {
    execute(
        "INSERT INTO volume_removal (namespace, name, at, correlation) VALUES (?, ?, ?, ?)"
            + " ON CONFLICT DO NOTHING",
        namespace,
        name,
        clock.millis(),
        correlation);
  }

  @Override
  public void sweepVolumeRemovals() {
    execute(
        "DELETE FROM volume_removal WHERE NOT EXISTS (SELECT 1 FROM volume v"
            + " WHERE v.namespace = volume_removal.namespace AND v.name = volume_removal.name)");
  }

  @Override
  public boolean deleteNamespace(String name) {
    long deployments = number("SELECT count(*) FROM deployment WHERE namespace = ?", name);
    if (deployments > 0) {
      throw new GyreException(
          ErrorKind.CONFLICT,
          "namespace.not_empty",
          "namespace " + name + " has " + deployments + " deployment(s)",
          "delete them first, and wait until they are gone");
    }
    long secrets = number("SELECT count(*) FROM secret WHERE namespace = ?", name);
    if (secrets > 0) {
      throw new GyreException(
          ErrorKind.CONFLICT,
          "namespace.not_empty",
          "namespace " + name + " has " + secrets + " secret(s)",
          "delete them first: gyre secret list -n " + name);
    }
    execute("DELETE FROM config_version WHERE namespace = ?", name);
    webhooks().webhooks(name).forEach(webhooks()::delete);
    return execute("DELETE FROM namespace WHERE name = ?", name) > 0;
  }

  @Override
  public void addRevision(
      DeploymentKey key, long revision, DeploymentSpec spec, String correlation, String actor) {
    execute(
        "INSERT INTO revision (namespace, name, revision, spec_hash, spec_json, created_at,"
            + " correlation, actor) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        key.namespace(),
        key.name(),
        revision,
        SpecJson.hash(spec),
        SpecJson.write(spec),
        clock.millis(),
        correlation,
        actor);
    Demand demand = Demand.of(spec.resources());
    if (!demand.isNone()) {
      execute(
          "INSERT INTO demand (namespace, name, revision, memory_bytes, cpu_millis)"
              + " VALUES (?, ?, ?, ?, ?)",
          key.namespace(),
          key.name(),
          revision,
          demand.memoryBytes(),
          demand.cpuMillis());
    }
    spec.used()
        .forEach(
            content ->
                addUse(key, revision, content.kind().id(), content.name(), spec.version(content)));
    spec.pulledWith().stream()
        .filter(content -> !spec.used().contains(content))
        .forEach(content -> addUse(key, revision, content.kind().id(), content.name(), 0));
    spec.volumes().stream()
        .filter(volume -> volume.type() == VolumeMount.Type.VOLUME)
        .map(VolumeMount::source)
        .distinct()
        .forEach(volume -> addUse(key, revision, ContentRows.VOLUME, volume, 0));
    trimRevisions(key);
  }

  private void addUse(DeploymentKey key, long revision, String kind, String content, long version) {
    execute(
        "INSERT INTO content_use (namespace, name, revision, kind, content, version)"
            + " VALUES (?, ?, ?, ?, ?, ?)",
        key.namespace(),
        key.name(),
        revision,
        kind,
        content,
        version);
  }

  @Override
  public void putQuota(String namespace, Quota quota) {
    execute("DELETE FROM quota WHERE namespace = ?", namespace);
    if (!quota.equals(Quota.NONE)) {
      execute(
          "INSERT INTO quota (namespace, deployments, instances, memory_bytes, cpu_millis)"
              + " VALUES (?, ?, ?, ?, ?)",
          namespace,
          quota.deployments(),
          quota.instances(),
          quota.memoryBytes(),
          quota.cpuMillis());
    }
  }

  private void trimRevisions(DeploymentKey key) {
    execute(
        """
        DELETE FROM revision WHERE namespace = ? AND name = ?
          AND revision NOT IN (SELECT revision FROM revision
              WHERE namespace = ? AND name = ? ORDER BY revision DESC LIMIT ?)
          AND revision NOT IN (SELECT revision FROM deployment
              WHERE namespace = ? AND name = ?)
          AND revision NOT IN (SELECT revision FROM instance
              WHERE namespace = ? AND deployment = ?)
          AND revision NOT IN (SELECT revision FROM rollout
              WHERE namespace = ? AND name = ? AND completed_at IS NOT NULL
              ORDER BY completed_at DESC LIMIT 2)
          AND revision NOT IN (SELECT revision FROM job_run
              WHERE namespace = ? AND name = ?)
        """,
        key.namespace(),
        key.name(),
        key.namespace(),
        key.name(),
        KEPT_REVISIONS,
        key.namespace(),
        key.name(),
        key.namespace(),
        key.name(),
        key.namespace(),
        key.name(),
        key.namespace(),
        key.name());
  }

  @Override
  public void putDeployment(DesiredDeployment deployment) {
    DeploymentKey key = deployment.key();
    Optional<DeploymentSpec> stored = revisionSpec(key, deployment.revision());
    if (!stored.equals(Optional.of(deployment.spec()))) {
      throw new IllegalArgumentException(
          "revision "
              + deployment.revision()
              + " of "
              + key
              + (stored.isEmpty() ? " isn't stored" : " is stored with another spec"));
    }
    putNamespace(key.namespace());
    if (!deployment.deleted()) {
      requireOpen(key.namespace());
      execute(
          "DELETE FROM volume_removal WHERE namespace = ? AND name IN (SELECT content"
              + " FROM content_use WHERE namespace = ? AND name = ? AND revision = ?"
              + " AND kind = 'volume')",
          key.namespace(),
          key.namespace(),
          key.name(),
          deployment.revision());
    }
    execute(
        """
        INSERT INTO deployment (namespace, name, uid, generation, revision, replicas,
            restart_nonce, deleted, rollout_json, depends_json, paused, promoted, created_at,
            updated_at, correlation, halt_reason, halt_message, job_json)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET uid = excluded.uid, generation = excluded.generation,
            revision = excluded.revision, replicas = excluded.replicas,
            restart_nonce = excluded.restart_nonce, deleted = excluded.deleted,
            rollout_json = excluded.rollout_json,
            depends_json = excluded.depends_json, paused = excluded.paused,
            promoted = excluded.promoted, created_at = excluded.created_at,
            updated_at = excluded.updated_at, correlation = excluded.correlation,
            halt_reason = excluded.halt_reason, halt_message = excluded.halt_message,
            job_json = excluded.job_json
        """,
        key.namespace(),
        key.name(),
        deployment.uid(),
        deployment.generation(),
        deployment.revision(),
        deployment.replicas(),
        deployment.restartNonce(),
        deployment.deleted(),
        RolloutJson.write(deployment.rollout()),
        Rows.dependenciesJson(deployment.dependencies()),
        deployment.paused(),
        deployment.promoted(),
        deployment.createdAt().toEpochMilli(),
        deployment.updatedAt().toEpochMilli(),
        deployment.correlation(),
        deployment.halted() == null ? null : deployment.halted().reason(),
        deployment.halted() == null ? null : deployment.halted().message(),
        JobJson.write(deployment.job()));
  }

  @Override
  public void putAutoscale(DeploymentKey key, @Nullable Autoscale policy) {
    if (policy == null) {
      execute(
          "DELETE FROM autoscale WHERE namespace = ? AND name = ?", key.namespace(), key.name());
    } else {
      execute(
          """
          INSERT INTO autoscale (namespace, name, policy_json) VALUES (?, ?, ?)
          ON CONFLICT DO UPDATE SET policy_json = excluded.policy_json
          """,
          key.namespace(),
          key.name(),
          AutoscaleJson.write(policy));
    }
  }

  @Override
  public Optional<Long> revisionWithHash(DeploymentKey key, String hash) {
    return find(
        Rows.NUMBER,
        "SELECT revision FROM revision WHERE namespace = ? AND name = ? AND spec_hash = ?"
            + " ORDER BY revision DESC LIMIT 1",
        key.namespace(),
        key.name(),
        hash);
  }

  @Override
  public long maxRevision(DeploymentKey key) {
    return number(
        "SELECT coalesce(max(revision), 0) FROM revision WHERE namespace = ? AND name = ?",
        key.namespace(),
        key.name());
  }

  @Override
  public boolean removeDeployment(DeploymentKey key, String uid) {
    int removed =
        execute(
            "DELETE FROM deployment WHERE namespace = ? AND name = ? AND uid = ?",
            key.namespace(),
            key.name(),
            uid);
    if (removed == 0) {
      return false;
    }
    execute("DELETE FROM revision WHERE namespace = ? AND name = ?", key.namespace(), key.name());
    secrets().keepRegistryPasswords(key, Set.of());
    execute(ContentRows.FORGET, key.namespace());
    new SessionSecrets(this).forget(key.namespace());
    execute(
        "DELETE FROM job_request WHERE namespace = ? AND name = ?", key.namespace(), key.name());
    return true;
  }

  @Override
  public long addJobRequest(JobRequest request) {
    DeploymentKey key = request.key();
    execute(
        """
        DELETE FROM job_request WHERE namespace = ? AND name = ? AND seq <=
          (SELECT request FROM job WHERE namespace = ? AND name = ?)
        """,
        key.namespace(),
        key.name(),
        key.namespace(),
        key.name());
    return number(
        """
        INSERT INTO job_request (namespace, name, uid, kind, run, actor, at, correlation)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING seq
        """,
        key.namespace(),
        key.name(),
        request.uid(),
        request.kind().name(),
        request.run(),
        request.actor(),
        request.at().toEpochMilli(),
        request.correlation());
  }

  @Override
  public long putConfig(
      String namespace,
      String name,
      ConfigContent content,
      Map<String, String> labels,
      String correlation,
      String actor) {
    putNamespace(namespace);
    requireOpen(namespace);
    Optional<ConfigRecord> before = configRecord(namespace, name);
    boolean changed = before.isEmpty() || !before.get().content().sameEntries(content);
    long version = changed ? nextConfigVersion(namespace, name) : before.orElseThrow().version();
    execute(
        """
        INSERT INTO config (namespace, name, entries_json, labels_json, updated_at, version,
            binary_json, templates_json)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET entries_json = excluded.entries_json,
            binary_json = excluded.binary_json, templates_json = excluded.templates_json,
            labels_json = excluded.labels_json, updated_at = excluded.updated_at,
            version = excluded.version
        """,
        namespace,
        name,
        Json.write(content.texts()),
        Json.write(labels),
        clock.millis(),
        version,
        Json.write(content.binary()),
        Json.write(content.templates()));
    if (changed) {
      execute(
          """
          INSERT INTO config_version (namespace, name, version, entries_json, created_at,
              correlation, actor, binary_json, templates_json)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
          """,
          namespace,
          name,
          version,
          Json.write(content.texts()),
          clock.millis(),
          correlation,
          actor,
          Json.write(content.binary()),
          Json.write(content.templates()));
      trimVersions(namespace, name);
    } else {
      execute(
          "UPDATE config_version SET templates_json = ?"
              + " WHERE namespace = ? AND name = ? AND version = ?",
          Json.write(content.templates()),
          namespace,
          name,
          version);
    }
    return version;
  }

  private void trimVersions(String namespace, String name) {
    execute(ContentRows.TRIM, namespace, name, namespace, name, KEPT_VERSIONS, namespace, name);
  }

  @Override
  public boolean deleteConfig(String namespace, String name) {
    boolean existed =
        execute("DELETE FROM config WHERE namespace = ? AND name = ?", namespace, name) > 0;
    trimVersions(namespace, name);
    return existed;
  }

  @Override
  public long recordChange(ChangeRecord change) {
    recorded.add(change);
    return number(
        """
        INSERT INTO change (at, actor, verb, namespace, name, generation, detail, correlation)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING seq
        """,
        change.at().toEpochMilli(),
        change.actor(),
        change.verb(),
        change.namespace(),
        change.name(),
        change.generation(),
        change.detail(),
        change.correlation());
  }

  @Override
  public int sweepChanges(int keepNewest, Instant olderThan) {
    return execute(Sweep.sql("change"), Sweep.arguments(keepNewest, olderThan));
  }

  @Override
  public IdentityTx identities() {
    return new SessionIdentities(this);
  }

  @Override
  public SecretTx secrets() {
    return new SessionSecrets(this);
  }

  @Override
  public WebhookTx webhooks() {
    return new SessionWebhooks(this);
  }

  /** Since the connection was opened. */
  long changedRows() {
    return number("SELECT total_changes()");
  }

  List<ChangeRecord> recorded() {
    return List.copyOf(recorded);
  }

  /** The end of the audit log where this transaction appended to it, else null. */
  @Nullable AuditHead appended() {
    return appended;
  }

  @Override
  public AuditHead appendAudit(AuditEntry entry) {
    return append(entry, null, null);
  }

  private AuditHead append(AuditEntry entry, @Nullable Long through, @Nullable String sealed) {
    AuditHead last = auditHead();
    long seq = last.seq() + 1;
    String hash = AuditChain.hash(last.hash(), seq, entry, through, sealed);
    execute(
        """
        INSERT INTO audit (seq, at, kind, actor, address, method, route, path, namespace, status,
            code, count, detail, correlation, through, sealed, hash)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        seq,
        entry.at().toEpochMilli(),
        entry.kind().name(),
        entry.actor(),
        entry.address(),
        entry.method(),
        entry.route(),
        entry.path(),
        entry.namespace(),
        entry.status(),
        entry.code(),
        entry.count(),
        entry.detail(),
        entry.correlation(),
        through,
        sealed,
        hash);
    AuditHead head = new AuditHead(seq, hash);
    appended = head;
    return head;
  }

  @Override
  public int sealAudit(int keepNewest, Instant olderThan) {
    long young =
        number(
            "SELECT coalesce((SELECT min(seq) FROM audit WHERE at >= ?),"
                + " (SELECT coalesce(max(seq), 0) + 1 FROM audit)) - 1",
            olderThan.toEpochMilli());
    long last = auditHead().seq();
    long oldest = number("SELECT coalesce(min(seq), 1) FROM audit");
    long through = Math.min(Math.max(young, last - keepNewest), oldest - 1 + (long) SEALED_AT_ONCE);
    if (through < oldest) {
      return 0;
    }
    String sealed = find(Rows.TEXT, "SELECT hash FROM audit WHERE seq = ?", through).orElseThrow();
    AuditHead _ =
        append(
            new AuditEntry(
                clock.instant(),
                AuditKind.SEAL,
                "gyre",
                "",
                "",
                "",
                "",
                null,
                0,
                "",
                through - oldest + 1,
                "rows " + oldest + " to " + through + " are removed; they are old, or too many",
                ""),
            through,
            sealed);
    return execute("DELETE FROM audit WHERE seq <= ?", through);
  }
}
