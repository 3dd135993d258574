@NullMarked
package tuco.http;

import org.jspecify.annotations.NullMarked;
