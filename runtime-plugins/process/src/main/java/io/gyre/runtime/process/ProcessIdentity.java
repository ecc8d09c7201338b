package io.gyre.runtime.process;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A process of this boot, told apart from a later one with the same pid.
 *
 * @param startTime in clock ticks since boot, field 22 of /proc/PID/stat
 */
record ProcessIdentity(long pid, long startTime) {
  /** The live process with this pid; a zombie is dead. */
  static Optional<ProcessIdentity> of(long pid) {
    return read(pid).map(stat -> new ProcessIdentity(pid, stat.startTime));
  }

  boolean alive() {
    return read(pid).filter(stat -> stat.startTime == startTime).isPresent();
  }

  boolean leadsSession() {
    return read(pid).filter(stat -> stat.startTime == startTime && stat.session == pid).isPresent();
  }

  void terminate() {
    handle().ifPresent(ProcessHandle::destroy);
  }

  void kill() {
    handle().ifPresent(ProcessHandle::destroyForcibly);
  }

  void hangUp() throws IOException, InterruptedException {
    signal(1);
  }

  /** A signal that the JDK can't send. */
  void signal(int number) throws IOException, InterruptedException {
    if (alive()) {
      new ProcessBuilder("/bin/sh", "-c", "kill -" + number + " " + pid)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    }
  }

  /** The handle remembers a start time of its own, so it never signals a later process. */
  private Optional<ProcessHandle> handle() {
    return ProcessHandle.of(pid).filter(handle -> alive());
  }

  private record Stat(long startTime, long session) {}

  private static Optional<Stat> read(long pid) {
    String stat;
    try (FileInputStream file = new FileInputStream("/proc/" + pid + "/stat")) {
      stat = new String(file.readNBytes(2048), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return Optional.empty();
    }
    int name = stat.lastIndexOf(") ");
    if (name < 0) {
      return Optional.empty();
    }
    String[] fields = stat.substring(name + 2).split(" ");
    if (fields.length < 20 || fields[0].equals("Z") || fields[0].equals("X")) {
      return Optional.empty();
    }
    return Optional.of(new Stat(Long.parseLong(fields[19]), Long.parseLong(fields[3])));
  }
}
