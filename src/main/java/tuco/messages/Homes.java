package tuco.messages;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.caller.Caller;
import tuco.caller.Credential;
import tuco.db.GateQuery;

/**
 * In which workspace a credential was at home when it was last seen, so that a batch can look things up in the same
 * flush that authenticates it. A hint and never a permission: the gate's answer of this transaction decides, and
 * what was looked up for another workspace is thrown away. A key never changes its workspace.
 */
final class Homes {
  private static final int MOST = 100_000;

  private final Map<Credential, UUID> homes = new LinkedHashMap<>(1024, 0.75f, true);

  @Nullable UUID of(Credential credential) {
    return homes.get(credential);
  }

  void forget(Credential credential) {
    homes.remove(credential);
  }

  /** Asks the gate about those never seen before; unknown credentials stay unknown, so guessing fills nothing. */
  void learn(Connection connection, Set<Credential> credentials) throws SQLException {
    List<Credential> unseen = new ArrayList<>();
    for (Credential credential : credentials) {
      if (!homes.containsKey(credential)) {
        unseen.add(credential);
      }
    }
    if (unseen.isEmpty()) {
      return;
    }
    List<GateQuery.Answer> answers = GateQuery.batch(connection, unseen);
    for (int i = 0; i < unseen.size(); i++) {
      Caller caller = answers.get(i).caller();
      if (caller != null) {
        homes.put(unseen.get(i), caller.workspaceId());
      }
    }
    if (homes.size() > MOST) {
      homes.keySet().stream().limit(homes.size() - MOST).toList().forEach(homes::remove);
    }
  }
}
