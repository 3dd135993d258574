/** The pages of the operator's staff, apart from the dashboard: another log-in, another cookie, nothing without a grant. */
@NullMarked
package tuco.dashboard.console;

import org.jspecify.annotations.NullMarked;
