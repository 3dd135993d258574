package tuco.limits;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import tuco.World;
import tuco.World.TestWorkspace;

/** What the tests of limits set up. */
final class Limits {
  private Limits() {}

  /** A plan of this name with some columns set; without API rates. */
  static void plan(World world, String name, String columns) {
    owner(world, "insert into plans (plan) values ('" + name + "')");
    owner(world, "update plans set " + columns + " where plan = '" + name + "'");
  }

  /** Runs SQL as the owner of the database. */
  static void owner(World world, String sql) {
    try (Connection connection = DriverManager.getConnection(world.owner.jdbc(), world.owner.user(), world.owner.password());
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A workspace on this plan in this zone. */
  static TestWorkspace workspaceOn(World world, String plan, String zone) {
    TestWorkspace workspace = world.aWorkspace();
    world.database().crossing(tx -> tx.update("update workspaces set plan = :plan, zone = :zone where workspace_id = :w")
        .bind("plan", plan).bind("zone", zone).bind("w", workspace.id()).execute());
    return workspace;
  }
}
