package tuco.messages;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.leads.Suppressions;

/**
 * Who must not be contacted by another of the addresses that a request names for them: it is the person who opted out, on
 * every channel (decisions 5.7). An address that only is dead says nothing of the others. Asked for the few requests that
 * name several.
 */
final class OptedOut {
  private static final String LISTED = """
      select exists (select from suppressions s
                      where s.workspace_id = o.workspace_id and s.address_hash = o.address_hash and s.source <> 'provider')
        from unnest(?::uuid[], ?::bytea[]) with ordinality as o(workspace_id, address_hash, n)
       order by o.n""";

  private final List<SendRequest> requests = new ArrayList<>();
  private final List<UUID> workspaces = new ArrayList<>();
  private final List<byte[]> hashes = new ArrayList<>();
  private final Set<SendRequest> listed = Collections.newSetFromMap(new IdentityHashMap<>());

  /**
   * Adds a request.
   *
   * @param recipient where it goes, which is checked besides
   */
  void add(UUID workspace, SendRequest request, String recipient) {
    add(workspace, request, recipient, request.phone());
    add(workspace, request, recipient, request.email());
    for (String alternate : request.alternates()) {
      add(workspace, request, recipient, alternate);
    }
  }

  private void add(UUID workspace, SendRequest request, String recipient, @Nullable String address) {
    if (address != null && !address.equals(recipient)) {
      requests.add(request);
      workspaces.add(workspace);
      hashes.add(Suppressions.hash(workspace, address));
    }
  }

  void ask(Connection connection) throws SQLException {
    if (requests.isEmpty()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(LISTED)) {
      statement.setArray(1, AcceptanceSql.uuids(connection, workspaces));
      statement.setArray(2, connection.createArrayOf("bytea", hashes.toArray(byte[][]::new)));
      try (ResultSet row = statement.executeQuery()) {
        for (SendRequest request : requests) {
          row.next();
          if (row.getBoolean(1)) {
            listed.add(request);
          }
        }
      }
    }
  }

  /** Whether this one is for somebody on the list. */
  boolean holds(SendRequest request) {
    return listed.contains(request);
  }
}
