@NullMarked
package tuco.privacy;

import org.jspecify.annotations.NullMarked;
