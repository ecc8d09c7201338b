/**
 * From the text of a manifest to the deployments it declares, or to every problem in it at once.
 *
 * <pre>
 * text ──NodeReader──▶ Node (with line and column) ──Value, Fields──▶ *Decoder ──▶ Manifest
 *                                                        │
 *                                        Interpolation (scalar values only)
 * </pre>
 *
 * <p>Nothing here reads a file, the environment or a clock. Input is untrusted: size, depth, number
 * of values and what variables expand to are all bounded.
 */
@NullMarked
package io.gyre.manifest;

import org.jspecify.annotations.NullMarked;
