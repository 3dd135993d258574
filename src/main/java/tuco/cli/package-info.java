/** The command line: one class for each command. */
@NullMarked
package tuco.cli;

import org.jspecify.annotations.NullMarked;
