@NullMarked
package io.gyre.api.http;

import org.jspecify.annotations.NullMarked;
