/**
 * Campaigns: sequences of messages to many leads (mission P4, decisions 6). {@code Worker} plans and feeds, the claim
 * of {@code dispatch} sends, {@code LastWords} has the last say in it.
 */
@NullMarked
package tuco.campaigns;

import org.jspecify.annotations.NullMarked;
