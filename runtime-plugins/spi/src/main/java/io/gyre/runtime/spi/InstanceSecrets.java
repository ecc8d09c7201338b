package io.gyre.runtime.spi;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an instance gets that is secret. A plugin holds it no longer than a start takes, writes it
 * nowhere but below {@link RuntimeContext#volatileDirectory} and into the workload itself, and
 * shows nothing of it, neither in labels nor in logs or failures. Its text has names only.
 */
public final class InstanceSecrets {
  /** Of most instances. */
  public static final InstanceSecrets NONE = new InstanceSecrets(Map.of(), List.of());

  private final Map<String, String> environment;
  private final List<Volume> volumes;

  public InstanceSecrets(Map<String, String> environment, List<Volume> volumes) {
    this.environment = Map.copyOf(environment);
    this.volumes = List.copyOf(volumes);
  }

  /** Some files of an instance. They are readable by the instance's user alone. */
  public static final class Volume {
    private final String destination;
    private final boolean directory;
    private final Map<String, byte[]> files;

    /**
     * @param destination absolute path in the instance
     * @param directory whether that is a directory with the files; else it is the only file
     * @param files name to content
     */
    public Volume(String destination, boolean directory, Map<String, byte[]> files) {
      if (!directory && files.size() != 1) {
        throw new IllegalArgumentException(destination + " is one file, not " + files.size());
      }
      this.destination = destination;
      this.directory = directory;
      this.files = Map.copyOf(files);
    }

    public String destination() {
      return destination;
    }

    public boolean directory() {
      return directory;
    }

    public Map<String, byte[]> files() {
      return files;
    }

    @Override
    public String toString() {
      return "Volume[" + destination + ", " + new TreeMap<>(files).keySet() + "]";
    }
  }

  /** Variables beside those of the spec, none of which is in both. */
  public Map<String, String> environment() {
    return environment;
  }

  public List<Volume> volumes() {
    return volumes;
  }

  public boolean isEmpty() {
    return environment.isEmpty() && volumes.isEmpty();
  }

  @Override
  public String toString() {
    return "InstanceSecrets[" + new TreeMap<>(environment).keySet() + ", " + volumes + "]";
  }
}
