@NullMarked
package tuco.webhooks;

import org.jspecify.annotations.NullMarked;
