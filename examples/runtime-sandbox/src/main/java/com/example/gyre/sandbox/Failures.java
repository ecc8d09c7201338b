package com.example.gyre.sandbox;

import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimeFailure.Kind;
import java.io.IOException;

/** The failures that several parts have in common. */
final class Failures {
  private Failures() {}

  static RuntimeFailure closed() {
    return new RuntimeFailure(
        Kind.UNAVAILABLE, "runtime_closed", "This version of the plugin was closed.", null);
  }

  static RuntimeFailure unknown(String id) {
    return new RuntimeFailure(
        Kind.NOT_FOUND, "instance_unknown", "There is no instance " + id + ".", null);
  }

  static RuntimeFailure invalid(String code, String message) {
    return new RuntimeFailure(Kind.INVALID, code, message, null);
  }

  static RuntimeFailure disk(IOException cause) {
    return new RuntimeFailure(
        Kind.ENGINE,
        "state_unreadable",
        "The state of the sandboxes can't be read or written: " + cause,
        "Look at the disk of Gyre's data root.",
        cause);
  }
}
