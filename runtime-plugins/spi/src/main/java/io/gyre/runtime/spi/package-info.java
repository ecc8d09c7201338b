/**
 * The contract between Gyre's runtime host and a runtime plugin.
 *
 * <p>A plugin is one jar with everything it needs except this package, {@code org.pf4j}, {@code
 * org.slf4j} and the JDK, which the host provides. Its manifest names {@code Plugin-Id} and {@code
 * Plugin-Version}; {@code META-INF/extensions.idx} names its {@link
 * io.gyre.runtime.spi.RuntimePlugin}.
 *
 * <p>The host makes every call under a deadline with the context class loader set to the plugin's.
 * A plugin starts threads only through {@link io.gyre.runtime.spi.RuntimeContext#executor()}, keeps
 * no static state, registers no shutdown hooks and stops everything it started in {@link
 * io.gyre.runtime.spi.WorkloadRuntime#close}.
 */
@NullMarked
package io.gyre.runtime.spi;

import org.jspecify.annotations.NullMarked;
