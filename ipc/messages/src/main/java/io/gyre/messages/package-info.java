/**
 * What the processes of Gyre tell each other, and its bytes.
 *
 * <p>Messages are hints and commands, never the truth: whoever misses one finds the same in the
 * store or in its runtime. No message carries an environment or a secret; commands carry ids and
 * generations and the receiver reads the spec from the store.
 */
@NullMarked
package io.gyre.messages;

import org.jspecify.annotations.NullMarked;
