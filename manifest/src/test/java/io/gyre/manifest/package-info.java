@NullMarked
package io.gyre.manifest;

import org.jspecify.annotations.NullMarked;
