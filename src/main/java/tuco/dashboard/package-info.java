/** The pages for people, over the same services as the API: one class per page, one folder of templates each. */
@NullMarked
package tuco.dashboard;

import org.jspecify.annotations.NullMarked;
