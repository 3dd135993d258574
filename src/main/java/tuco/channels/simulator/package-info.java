/** A provider that reaches nobody: tries and tests the whole product (decisions 7.2). */
@NullMarked
package tuco.channels.simulator;

import org.jspecify.annotations.NullMarked;
