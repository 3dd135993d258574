@NullMarked
package tuco.channels.smtp;

import org.jspecify.annotations.NullMarked;
