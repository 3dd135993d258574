package tuco.db;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.flywaydb.core.Flyway;

/** Brings a database to this version's schema; safe when several nodes start at once, forward only. */
public final class Migrations {
  private Migrations() {}

  /**
   * @param owner a user that may create roles, and owns the schema afterwards
   */
  public static void run(DatabaseUrl owner) throws SQLException {
    try (Connection connection = DriverManager.getConnection(owner.jdbc(), owner.user(), owner.password())) {
      connection.setAutoCommit(false);
      Roles.ensure(connection, owner);
      connection.commit();
    }
    Flyway.configure()
        .dataSource(owner.jdbc(), owner.user(), owner.password())
        .schemas("tuco")
        .locations("classpath:db")
        .validateMigrationNaming(true)
        .load()
        .migrate();
  }
}
