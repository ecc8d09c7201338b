/** TLS at the door: certificates of the API and of its clients. Not loaded where it is off. */
@NullMarked
package io.gyre.api.tls;

import org.jspecify.annotations.NullMarked;
