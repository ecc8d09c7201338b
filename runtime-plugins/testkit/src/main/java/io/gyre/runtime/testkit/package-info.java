/**
 * The tests every runtime plugin passes. A plugin's test extends {@link
 * io.gyre.runtime.testkit.RuntimeContractTest} and says how to make the plugin and a shell
 * workload.
 */
@NullMarked
package io.gyre.runtime.testkit;

import org.jspecify.annotations.NullMarked;
