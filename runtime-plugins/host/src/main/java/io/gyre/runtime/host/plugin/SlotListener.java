package io.gyre.runtime.host.plugin;

import io.gyre.model.PluginChange;
import io.gyre.model.PluginInfo;
import io.gyre.model.RuntimeInfo;
import io.gyre.runtime.spi.InstanceStatus;
import java.util.List;

/** Hears of a runtime; called on threads of plugins, so it is quick and doesn't throw. */
public interface SlotListener {
  /** The runtime appeared or changed. */
  void info(RuntimeInfo info);

  /** All plugin jars that there are, after something of them has changed. */
  void plugins(List<PluginInfo> all);

  /**
   * Something for the event log.
   *
   * @param correlation of who asked for it; empty: nobody did
   */
  void news(PluginChange change, String message, String correlation);

  /** The instance is as its runtime now says; in order per instance. */
  void changed(RuntimeSlot slot, InstanceStatus status);

  void gone(RuntimeSlot slot, String id);

  /** The slot's inventory is complete and true again, after it was opened or came back. */
  void listed(RuntimeSlot slot, List<InstanceStatus> all);
}
