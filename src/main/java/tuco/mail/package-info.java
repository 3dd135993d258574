/** Mail that Tuco itself writes to its people, through the mail server of the installation where there is one. */
@NullMarked
package tuco.mail;

import org.jspecify.annotations.NullMarked;
