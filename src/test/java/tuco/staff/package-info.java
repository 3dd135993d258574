@NullMarked
package tuco.staff;

import org.jspecify.annotations.NullMarked;
