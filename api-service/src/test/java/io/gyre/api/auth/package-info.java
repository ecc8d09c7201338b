@NullMarked
package io.gyre.api.auth;

import org.jspecify.annotations.NullMarked;
