@NullMarked
package tuco.availability;

import org.jspecify.annotations.NullMarked;
