/** What a workspace may use and what it has used: plans, counters' periods, usage, read-only mode, billing events (decisions 4). */
@NullMarked
package tuco.limits;

import org.jspecify.annotations.NullMarked;
