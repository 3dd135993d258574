@NullMarked
package tuco.dispatch;

import org.jspecify.annotations.NullMarked;
