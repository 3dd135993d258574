@NullMarked
package tuco.audit;

import org.jspecify.annotations.NullMarked;
