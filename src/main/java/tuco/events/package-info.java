/** What the outside may want to hear of: every feature says it here, webhooks carry it (decisions 8.2). */
@NullMarked
package tuco.events;

import org.jspecify.annotations.NullMarked;
