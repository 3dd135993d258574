@NullMarked
package tuco.channels.simulator;

import org.jspecify.annotations.NullMarked;
