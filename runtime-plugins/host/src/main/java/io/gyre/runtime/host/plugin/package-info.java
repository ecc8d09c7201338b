/**
 * Loading, calling, replacing and unloading runtime plugins; no object of a plugin leaves this
 * package.
 */
@NullMarked
package io.gyre.runtime.host.plugin;

import org.jspecify.annotations.NullMarked;
