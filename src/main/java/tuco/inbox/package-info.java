/** Everything that comes back: replies, opt-outs, bounces, and the inbox people read them in (decisions 5.7, 8.1). */
@NullMarked
package tuco.inbox;

import org.jspecify.annotations.NullMarked;
