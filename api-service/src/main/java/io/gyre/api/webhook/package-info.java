/** Webhooks: events, told to HTTP servers outside. */
@NullMarked
package io.gyre.api.webhook;

import org.jspecify.annotations.NullMarked;
