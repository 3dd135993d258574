/** Workspaces, people, members, sessions, keys and their secrets. */
@NullMarked
package tuco.access;

import org.jspecify.annotations.NullMarked;
