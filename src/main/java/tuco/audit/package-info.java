/** The audit log: who did what, in the transaction of the change, chained so that nothing can be taken out unseen. */
@NullMarked
package tuco.audit;

import org.jspecify.annotations.NullMarked;
