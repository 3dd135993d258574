@NullMarked
package tuco.messages;

import org.jspecify.annotations.NullMarked;
