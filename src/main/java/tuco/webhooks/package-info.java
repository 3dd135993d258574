/** Webhooks: endpoints, the outbox of events, signatures and delivery (decisions 8). */
@NullMarked
package tuco.webhooks;

import org.jspecify.annotations.NullMarked;
