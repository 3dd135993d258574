@NullMarked
package tuco.leads;

import org.jspecify.annotations.NullMarked;
