/** Settings, read once; unknown names are refused. */
@NullMarked
package tuco.config;

import org.jspecify.annotations.NullMarked;
