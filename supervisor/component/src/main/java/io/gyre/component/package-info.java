/**
 * What every process of Gyre starts and ends with: the layout of the data root, the configuration,
 * the lock that keeps a second one out, readiness, the log, and the notices to systemd.
 */
@NullMarked
package io.gyre.component;

import org.jspecify.annotations.NullMarked;
