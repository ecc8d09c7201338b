/** What workloads and Gyre itself use, as JSON and for Prometheus. */
@NullMarked
package io.gyre.api.metrics;

import org.jspecify.annotations.NullMarked;
