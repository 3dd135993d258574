/** Whether addresses and leads can be reached, asked through lines and remembered (contract 2.9). */
@NullMarked
package tuco.availability;

import org.jspecify.annotations.NullMarked;
