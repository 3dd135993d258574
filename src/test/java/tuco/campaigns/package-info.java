/** Campaigns, as a back end and a person see them. */
@NullMarked
package tuco.campaigns;

import org.jspecify.annotations.NullMarked;
