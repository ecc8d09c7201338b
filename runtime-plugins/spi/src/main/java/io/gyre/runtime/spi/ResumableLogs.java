package io.gyre.runtime.spi;

/**
 * Logs of which another generation of the plugin can go on with what one was reading, without a
 * line lost or doubled. Where a sink wants no more, {@link InstanceLogs.Sink#stoppedAt} is told the
 * position after the last line that it was given, whatever it answered to that one.
 */
public interface ResumableLogs extends InstanceLogs {
  /**
   * Writes all lines after the position, then follows.
   *
   * @param position what a sink was told of the same instance, by this or another generation or
   *     version of the plugin
   * @throws RuntimeFailure INVALID where it is no position
   */
  void resume(String id, String position, Sink sink) throws RuntimeFailure;
}
