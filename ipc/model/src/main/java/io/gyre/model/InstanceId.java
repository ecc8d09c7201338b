package io.gyre.model;

import java.util.regex.Pattern;

/**
 * The identity of one instance, unique on the host and never used twice: the deployment's name and
 * six random characters, as in {@code web-7k2xq9}. It stays the same over every restart in place.
 */
public record InstanceId(String value) implements Comparable<InstanceId> {
  private static final Pattern SHAPE = Pattern.compile("[a-z0-9][-a-z0-9]{0,79}");

  public InstanceId {
    if (!SHAPE.matcher(value).matches()) {
      throw new GyreException(
          ErrorKind.INVALID,
          "instance.id.invalid",
          "\"" + value + "\" is not an instance id",
          null);
    }
  }

  @Override
  public int compareTo(InstanceId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
