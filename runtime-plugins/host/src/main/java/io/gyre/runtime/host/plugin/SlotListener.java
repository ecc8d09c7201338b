package io.gyre.runtime.host.plugin;

import io.gyre.model.RuntimeInfo;
import io.gyre.runtime.spi.InstanceStatus;
import java.util.List;

/** Hears of a runtime; called on threads of plugins, so it is quick and doesn't throw. */
public interface SlotListener {
  /** The runtime appeared or changed. */
  void info(RuntimeInfo info);

  /** The instance is as its runtime now says; in order per instance. */
  void changed(RuntimeSlot slot, InstanceStatus status);

  void gone(RuntimeSlot slot, String id);

  /** The slot's inventory is complete and true again, after it was opened or came back. */
  void listed(RuntimeSlot slot, List<InstanceStatus> all);
}
