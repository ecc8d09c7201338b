package io.gyre.reconciler;

import io.gyre.model.BootTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The kernel's clock, which runs on over every process and every change of the time of day. */
final class BootClock {
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
  private static final Path UPTIME = Path.of("/proc/uptime");

  private BootClock() {}

  static BootTime now() {
    try {
      String uptime = Files.readString(UPTIME);
      double seconds = Double.parseDouble(uptime.substring(0, uptime.indexOf(' ')));
      return new BootTime(Files.readString(BOOT_ID).strip(), Math.round(seconds * 1000));
    } catch (IOException | RuntimeException e) {
      // Of no boot that is ever met again: then the time of day counts.
      return new BootTime("", 0);
    }
  }
}
