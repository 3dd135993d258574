/** The database: pools, tenant transactions, roles, migrations, the embedded server. */
@NullMarked
package tuco.db;

import org.jspecify.annotations.NullMarked;
