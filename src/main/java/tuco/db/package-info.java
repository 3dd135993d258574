/** PostgreSQL: the embedded server, the pool, tenant transactions, group commit, row security. */
@NullMarked
package tuco.db;

import org.jspecify.annotations.NullMarked;
