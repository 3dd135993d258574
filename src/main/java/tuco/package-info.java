/** The composition root and the command line. Read {@code Node} top to bottom and you know the system. */
@NullMarked
package tuco;

import org.jspecify.annotations.NullMarked;
