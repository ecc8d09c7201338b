/** Manifests into desired state. */
@NullMarked
package io.gyre.api.apply;

import org.jspecify.annotations.NullMarked;
