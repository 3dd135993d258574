package tuco.events;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Where happenings go: into the webhooks' outbox, in the transaction that makes them true (decisions 8.3). */
@FunctionalInterface
public interface Happenings {
  void record(Connection connection, List<Happening> happenings) throws SQLException;
}
