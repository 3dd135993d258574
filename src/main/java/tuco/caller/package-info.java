/** Who is calling, and what they may do. */
@NullMarked
package tuco.caller;

import org.jspecify.annotations.NullMarked;
