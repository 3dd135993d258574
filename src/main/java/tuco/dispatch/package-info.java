/** The engine: leases lines, claims messages under their limits, hands them to channels, records outcomes. */
@NullMarked
package tuco.dispatch;

import org.jspecify.annotations.NullMarked;
