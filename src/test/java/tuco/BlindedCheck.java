package tuco;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Until it is closed, nodes that ask whether a workspace is read-only are told that it is not: as if they had forgotten to look. */
public final class BlindedCheck implements AutoCloseable {
  private final World world;
  private final String seeing;

  public BlindedCheck(World world) {
    this.world = world;
    this.seeing = asOwner("select pg_get_functiondef('tuco.note_read_only(uuid, text)'::regprocedure)");
    asOwner(seeing.replace("return p_reason;", "return null;") + "; select 'blinded'");
  }

  private String asOwner(String sql) {
    try (Connection connection = DriverManager.getConnection(world.owner.jdbc(), world.owner.user(), world.owner.password());
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
      while (statement.getUpdateCount() >= 0) {
        statement.getMoreResults();
      }
      try (ResultSet row = statement.getResultSet()) {
        row.next();
        return row.getString(1);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    asOwner(seeing + "; select 'sees'");
  }
}
