@NullMarked
package io.gyre.api.webhook;

import org.jspecify.annotations.NullMarked;
