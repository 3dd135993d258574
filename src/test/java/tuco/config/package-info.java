@NullMarked
package tuco.config;

import org.jspecify.annotations.NullMarked;
