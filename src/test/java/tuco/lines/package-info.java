@NullMarked
package tuco.lines;

import org.jspecify.annotations.NullMarked;
