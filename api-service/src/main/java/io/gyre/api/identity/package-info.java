/** Users, roles, tokens and logins, as resources. */
@NullMarked
package io.gyre.api.identity;

import org.jspecify.annotations.NullMarked;
