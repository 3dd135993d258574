@NullMarked
package tuco.dashboard;

import org.jspecify.annotations.NullMarked;
