@NullMarked
package tuco.inbox;

import org.jspecify.annotations.NullMarked;
