/** The texts of campaigns: placeholders, spin, variants and conditions, as pure functions (P4, decisions 6.3). */
@NullMarked
package tuco.campaigns.render;

import org.jspecify.annotations.NullMarked;
