@NullMarked
package tuco.mail;

import org.jspecify.annotations.NullMarked;
