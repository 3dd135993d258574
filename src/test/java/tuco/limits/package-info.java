/** Limits, read-only mode and billing, shown on real nodes. */
@NullMarked
package tuco.limits;

import org.jspecify.annotations.NullMarked;
