/** E-mail over any SMTP submission server (connectors 4.6). */
@NullMarked
package tuco.channels.smtp;

import org.jspecify.annotations.NullMarked;
