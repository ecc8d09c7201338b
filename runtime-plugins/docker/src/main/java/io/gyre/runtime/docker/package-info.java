/**
 * Runs instances as Docker containers.
 *
 * <p>Everything that must outlive this JVM is in the engine (container labels) or in the state
 * directory; see {@link io.gyre.runtime.docker.Labels}, {@link io.gyre.runtime.docker.RunRecords}
 * and {@link io.gyre.runtime.docker.FileMounts}.
 *
 * <pre>
 *  DockerRuntime ──── start, stop, remove, list ───▶ Engine ── one connection per call ──▶ dockerd
 *    │  ▲                                              ▲
 *    │  └── Inventory (what was seen last, listeners)  │
 *    │           ▲ changes                             │
 *    └──── EventFeed (events, gaps, heartbeat) ────────┘
 * </pre>
 */
@NullMarked
package io.gyre.runtime.docker;

import org.jspecify.annotations.NullMarked;
