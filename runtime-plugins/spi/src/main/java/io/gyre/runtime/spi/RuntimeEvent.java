package io.gyre.runtime.spi;

/** What a runtime reports by itself. */
public sealed interface RuntimeEvent {
  /** The instance changed, or may have. */
  record Changed(InstanceStatus status) implements RuntimeEvent {}

  /** The instance is gone and {@link WorkloadRuntime#list} doesn't show it any more. */
  record Gone(String id) implements RuntimeEvent {}

  /** The engine went away or came back; while it is away calls fail with UNAVAILABLE. */
  record Availability(boolean available, String message) implements RuntimeEvent {}
}
