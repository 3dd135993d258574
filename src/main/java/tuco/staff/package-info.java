/** The operator's staff: their accounts, what they are granted, what they see, and the owners' say in it (S1-S3). */
@NullMarked
package tuco.staff;

import org.jspecify.annotations.NullMarked;
