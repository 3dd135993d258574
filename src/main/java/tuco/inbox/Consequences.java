package tuco.inbox;

import java.sql.SQLException;
import tuco.db.Tx;

/** What others make of a message that came in, in the transaction that records it; the composition root passes it in. */
@FunctionalInterface
public interface Consequences {
  /** Called once for each message, after all that the inbox does itself. */
  void of(Tx tx, Inbox.Recorded recorded, String text) throws SQLException;
}
