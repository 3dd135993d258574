/** Leads, lists, tags, import, do-not-contact (P1). */
@NullMarked
package tuco.leads;

import org.jspecify.annotations.NullMarked;
