/**
 * What is done to instances and known of them: commands one by one per instance, events,
 * observations.
 */
@NullMarked
package io.gyre.runtime.host.instance;

import org.jspecify.annotations.NullMarked;
