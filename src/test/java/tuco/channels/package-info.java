@NullMarked
package tuco.channels;

import org.jspecify.annotations.NullMarked;
