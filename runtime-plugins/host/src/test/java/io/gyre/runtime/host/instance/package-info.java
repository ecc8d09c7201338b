@NullMarked
package io.gyre.runtime.host.instance;

import org.jspecify.annotations.NullMarked;
