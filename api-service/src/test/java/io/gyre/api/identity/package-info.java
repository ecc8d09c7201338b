@NullMarked
package io.gyre.api.identity;

import org.jspecify.annotations.NullMarked;
