@NullMarked
package io.gyre.api.door;

import org.jspecify.annotations.NullMarked;
