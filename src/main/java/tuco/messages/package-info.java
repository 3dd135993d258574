/** Messages: accept, read, cancel, states and events. */
@NullMarked
package tuco.messages;

import org.jspecify.annotations.NullMarked;
