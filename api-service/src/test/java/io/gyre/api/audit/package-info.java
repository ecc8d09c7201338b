@NullMarked
package io.gyre.api.audit;

import org.jspecify.annotations.NullMarked;
