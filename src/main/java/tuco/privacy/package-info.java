/** Personal data: all that is known of one person, to hand out and to erase (decisions 9.4). */
@NullMarked
package tuco.privacy;

import org.jspecify.annotations.NullMarked;
