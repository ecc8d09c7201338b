package io.gyre.model;

import java.util.Locale;

/** The processes of Gyre. The lower-case name is used for files, logs, queues and messages. */
public enum Component {
  API,
  RECONCILER,
  RUNTIME,
  SUPERVISOR;

  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Component parse(String id) {
    for (Component component : values()) {
      if (component.id().equals(id)) {
        return component;
      }
    }
    throw new GyreException(
        ErrorKind.INVALID,
        "component.unknown",
        "no component \"" + id + "\"",
        "use one of: api, reconciler, runtime, supervisor");
  }
}
