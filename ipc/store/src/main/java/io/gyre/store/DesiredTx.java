package io.gyre.store;

import io.gyre.model.Autoscale;
import io.gyre.model.ChangeRecord;
import io.gyre.model.ConfigContent;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.JobRequest;
import io.gyre.model.Quota;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A running transaction of the API. Times are kept to the millisecond. */
public interface DesiredTx extends StateReader {
  /** Of each deployment, so many revisions are kept besides the current one. */
  int KEPT_REVISIONS = 20;

  /** Of each config, so many versions are kept besides those in use. */
  int KEPT_VERSIONS = 10;

  /** Makes the namespace unless it exists. */
  void putNamespace(String name);

  /** Makes or replaces the quota of a namespace, which is there; {@link Quota#NONE} removes it. */
  void putQuota(String namespace, Quota quota);

  /**
   * Removes the namespace, its configs and webhooks.
   *
   * @return whether it existed
   * @throws io.gyre.model.GyreException {@code namespace.not_empty} while it has deployments
   */
  boolean deleteNamespace(String name);

  /**
   * Stores an immutable revision and drops old ones: the newest {@value #KEPT_REVISIONS}, the
   * current one and those that instances run stay.
   *
   * @throws io.gyre.model.GyreException {@code store.conflict} where the number is taken
   */
  void addRevision(
      DeploymentKey key, long revision, DeploymentSpec spec, String correlation, String actor);

  /**
   * Makes or replaces the deployment, and its namespace where it is missing.
   *
   * @throws IllegalArgumentException where its revision isn't stored, or with another spec
   */
  void putDeployment(DesiredDeployment deployment);

  /** Makes, replaces or, with null, removes it; the deployment must exist. */
  void putAutoscale(DeploymentKey key, @Nullable Autoscale policy);

  /** The newest kept revision with that {@link SpecJson#hash}. */
  Optional<Long> revisionWithHash(DeploymentKey key, String hash);

  /** The greatest kept revision, 0 where there is none. */
  long maxRevision(DeploymentKey key);

  /**
   * Removes the deployment and all its revisions.
   *
   * @return whether one with that key and uid existed
   */
  boolean removeDeployment(DeploymentKey key, String uid);

  /**
   * Adds what is asked of a job and drops what was answered; its seq is ignored.
   *
   * @return the seq it got
   */
  long addJobRequest(JobRequest request);

  /**
   * Makes or replaces the config, and its namespace where it is missing. Other entries are another
   * version, which other templates of the same entries are not; old versions are dropped but for
   * the newest {@value #KEPT_VERSIONS} and those that a kept revision uses.
   *
   * @return the version that it has now
   */
  long putConfig(
      String namespace,
      String name,
      ConfigContent content,
      Map<String, String> labels,
      String correlation,
      String actor);

  /** The same where all entries are texts. */
  default long putConfig(
      String namespace,
      String name,
      Map<String, String> texts,
      Map<String, String> labels,
      String correlation,
      String actor) {
    return putConfig(namespace, name, ConfigContent.of(texts), labels, correlation, actor);
  }

  /** Its versions stay as long as a kept revision uses them. */
  boolean deleteConfig(String namespace, String name);

  /** From now on the namespace takes nothing new. */
  void markDeleting(String namespace);

  /** The volume is to go, until it is wanted again. */
  void addVolumeRemoval(String namespace, String name, String correlation);

  /** Forgets removals of volumes that no runtime has. */
  void sweepVolumeRemovals();

  /**
   * Adds to the log of changes; its seq is ignored.
   *
   * @return the seq it got
   */
  long recordChange(ChangeRecord change);

  /** Removes changes older than a moment, and all but the newest so many. */
  int sweepChanges(int keepNewest, Instant olderThan);

  /** Who there is, in this transaction. */
  IdentityTx identities();

  /** Secrets and other sealed values, in this transaction. */
  SecretTx secrets();

  /** Webhooks, in this transaction. */
  WebhookTx webhooks();

  /**
   * Appends to the audit log.
   *
   * @return its new end
   */
  AuditHead appendAudit(AuditEntry entry);

  /**
   * Removes rows of the audit log that are older than a moment, and all but the newest so many;
   * some of them, where they are many. A row that is appended seals what is removed, so that the
   * chain can still be checked.
   *
   * @return how many were removed
   */
  int sealAudit(int keepNewest, Instant olderThan);
}
