@NullMarked
package io.gyre.runtime.host.plugin;

import org.jspecify.annotations.NullMarked;
