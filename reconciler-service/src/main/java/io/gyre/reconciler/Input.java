package io.gyre.reconciler;

import io.gyre.model.ErrorKind;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceObservation;
import io.gyre.reconciler.health.Verdict;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What can make a deployment be looked at again. */
sealed interface Input {
  /** Of the user action or event behind it. */
  String correlation();

  /** The desired state changed, or may have. */
  record Wake(String correlation) implements Input {}

  record Observed(InstanceObservation observation, String correlation) implements Input {}

  record Gone(InstanceId instance, String correlation) implements Input {}

  record Done(InstanceId instance, long restartNonce, String correlation) implements Input {}

  record Failed(
      InstanceId instance,
      ErrorKind kind,
      String code,
      String message,
      @Nullable String hint,
      boolean retryable,
      String correlation)
      implements Input {}

  /** The runtime reported all that it has, and these aren't among it. */
  record Missing(String runtime, Set<InstanceId> instances, String correlation) implements Input {}

  /** Whatever was commanded before may be forgotten. */
  record HostRestarted(String correlation) implements Input {}

  record RuntimeReady(String runtime, String correlation) implements Input {}

  /** What could not be started may be now. */
  record TryAgain(String correlation) implements Input {}

  /** What the checks of an instance have come to. */
  record Checked(Verdict verdict, String correlation) implements Input {}
}
