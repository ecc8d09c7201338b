package io.gyre.runtime.host.restart;

import io.gyre.component.FileText;
import io.gyre.model.GyreException;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Properties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the host itself keeps of instances. Nothing here is the truth: what is lost costs at most a
 * shorter back-off, a repeated restart or a second run of a job.
 *
 * <pre>
 * restarts/ID   counters of the restarts in place
 * nonces/ID     the last asked-for restart that was carried out
 * once/ID       that it is never restarted, written before its start
 * </pre>
 */
public final class InstanceFiles {
  private static final Logger log = LoggerFactory.getLogger(InstanceFiles.class);

  private final Path restarts;
  private final Path nonces;
  private final Path once;

  public InstanceFiles(Path directory) {
    this.restarts = directory.resolve("restarts");
    this.nonces = directory.resolve("nonces");
    this.once = directory.resolve("once");
    try {
      for (Path each : new Path[] {restarts, nonces, once}) {
        Files.createDirectories(
            each,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + directory, e);
    }
  }

  Optional<RestartCount> count(String id) {
    Path file = restarts.resolve(id);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      Properties values = new Properties();
      values.load(new StringReader(Files.readString(file)));
      return Optional.of(RestartCount.parse(values));
    } catch (IOException | RuntimeException e) {
      log.warn("{} is not readable and counts as new: {}", file, e.toString());
      return Optional.empty();
    }
  }

  void write(String id, RestartCount count) {
    try {
      FileText.write(restarts.resolve(id), count.text(), false);
    } catch (GyreException e) {
      log.warn("{}", e.getMessage());
    }
  }

  public long nonce(String id) {
    Path file = nonces.resolve(id);
    try {
      return Files.exists(file) ? Long.parseLong(Files.readString(file).strip()) : 0;
    } catch (IOException | NumberFormatException e) {
      log.warn("{} is not readable: {}", file, e.toString());
      return 0;
    }
  }

  /** Durable when it returns. */
  public void nonce(String id, long nonce) {
    FileText.write(nonces.resolve(id), Long.toString(nonce), true);
  }

  boolean runsOnce(String id) {
    return Files.exists(once.resolve(id));
  }

  /** From now on it is never restarted. Durable when it returns. */
  public void runsOnce(String id, String deployment) {
    FileText.write(once.resolve(id), deployment, true);
  }

  public void forget(String id) {
    try {
      Files.deleteIfExists(once.resolve(id));
      Files.deleteIfExists(restarts.resolve(id));
      Files.deleteIfExists(nonces.resolve(id));
    } catch (IOException e) {
      log.warn("cannot tidy up after {}: {}", id, e.toString());
    }
  }
}
