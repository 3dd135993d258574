/** Identifiers that say whose they are (decisions 1.2). */
@NullMarked
package tuco.ids;

import org.jspecify.annotations.NullMarked;
