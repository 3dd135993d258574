/** Lines: what a workspace sends from, their limits, use and health (P2). */
@NullMarked
package tuco.lines;

import org.jspecify.annotations.NullMarked;
