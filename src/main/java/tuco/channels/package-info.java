/** What carries a message out: one small interface, one folder for each provider. */
@NullMarked
package tuco.channels;

import org.jspecify.annotations.NullMarked;
