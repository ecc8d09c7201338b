package io.gyre.runtime.docker;

import java.nio.file.Path;
import java.util.Optional;

/** What has come and gone over all interfaces of a network, but the loopback. */
record NetworkBytes(long received, long sent) {
  private static final int SENT = 8;

  /** Of the network that the process is in. */
  static Optional<NetworkBytes> of(long pid) {
    return GroupFiles.text(Path.of("/proc/" + pid + "/net/dev")).map(NetworkBytes::parse);
  }

  static NetworkBytes parse(String text) {
    long received = 0;
    long sent = 0;
    for (String line : text.split("\n")) {
      int colon = line.indexOf(':');
      if (colon < 0 || line.substring(0, colon).strip().equals("lo")) {
        continue;
      }
      String[] counters = line.substring(colon + 1).strip().split("\\s+");
      if (counters.length > SENT) {
        received += Long.parseLong(counters[0]);
        sent += Long.parseLong(counters[SENT]);
      }
    }
    return new NetworkBytes(received, sent);
  }
}
