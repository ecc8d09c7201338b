/**
 * The runtime process: loads runtime plugins, carries out the reconciler's commands with them,
 * restarts what ended where the runtime doesn't do so itself, and reports what it sees.
 *
 * <pre>
 *            commands, intents                     calls, each under a deadline
 *   bus ───────────────────▶ Instances ──▶ RuntimeSlot ──▶ PluginGeneration ──▶ plugin
 *    ▲                        │  ▲   ▲                                            │
 *    │ facts                  │  │   └──────────────── events ◀───────────────────┘
 *    └──────── Reporter ◀─────┘  └── Restarter
 * </pre>
 */
@NullMarked
package io.gyre.runtime.host;

import org.jspecify.annotations.NullMarked;
