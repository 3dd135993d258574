/** What happens again and again by time. */
@NullMarked
package tuco.timers;

import org.jspecify.annotations.NullMarked;
