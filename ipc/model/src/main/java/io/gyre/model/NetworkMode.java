package io.gyre.model;

/** BRIDGE: the namespace's own network. HOST: the host's. */
public enum NetworkMode {
  BRIDGE,
  HOST
}
