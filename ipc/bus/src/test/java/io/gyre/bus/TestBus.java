package io.gyre.bus;

import io.gyre.messages.Message;
import io.gyre.model.Component;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Set;
import java.util.stream.LongStream;

/** Buses in one directory. */
record TestBus(Path directory, Clock clock) {
  TestBus(Path directory) {
    this(directory, Clock.systemUTC());
  }

  BusConfig config(Component self, long epoch, Component... readFrom) {
    return new BusConfig(
        directory.resolve("bus"),
        directory.resolve("run"),
        self,
        epoch,
        Set.of(readFrom),
        1 << 20,
        clock);
  }

  Bus open(Component self, Component... readFrom) {
    return Bus.open(config(self, 1, readFrom));
  }

  Path queue(Component component) {
    return config(component, 1).queue(component);
  }

  static String publish(Bus bus, long number) {
    return bus.publish(new Message.StateChanged(number), "c-test", "");
  }

  static void publish(Bus bus, long from, long to) {
    LongStream.rangeClosed(from, to).forEach(number -> publish(bus, number));
  }
}
