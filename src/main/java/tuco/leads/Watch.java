package tuco.leads;

import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import tuco.db.Tx;

/** What others make of changed leads, in the transaction that changes them; the composition root passes it in. */
@FunctionalInterface
public interface Watch {
  /** Called after the change was written. */
  void changed(Tx tx, List<UUID> leads) throws SQLException;
}
