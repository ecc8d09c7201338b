package io.gyre.runtime.testkit;

import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.RuntimeEvent;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** What a subscription was told, in order. */
public final class RecordedEvents implements Consumer<RuntimeEvent> {
  private final List<RuntimeEvent> events = new CopyOnWriteArrayList<>();

  @Override
  public void accept(RuntimeEvent event) {
    events.add(event);
  }

  public List<RuntimeEvent> all() {
    return List.copyOf(events);
  }

  public List<InstanceStatus> changes(String id) {
    return events.stream()
        .filter(RuntimeEvent.Changed.class::isInstance)
        .map(event -> ((RuntimeEvent.Changed) event).status())
        .filter(status -> status.id().equals(id))
        .toList();
  }

  public InstanceStatus awaitChange(
      String id, Predicate<InstanceStatus> predicate, String expected) {
    return Await.value(
        () -> changes(id).stream().filter(predicate).findFirst(),
        () -> "a Changed event of " + id + " with " + expected + "; events so far: " + events);
  }

  public void awaitGone(String id) {
    RuntimeEvent gone = new RuntimeEvent.Gone(id);
    Await.value(
        () -> events.contains(gone) ? Optional.of(gone) : Optional.empty(),
        () -> "a Gone event of " + id + "; events so far: " + events);
  }
}
