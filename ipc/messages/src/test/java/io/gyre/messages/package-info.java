@NullMarked
package io.gyre.messages;

import org.jspecify.annotations.NullMarked;
