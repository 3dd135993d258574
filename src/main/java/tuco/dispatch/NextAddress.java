package tuco.dispatch;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import tuco.messages.Status;

/**
 * A person has several addresses, tried in order (decisions 5.8): where one cannot be reached, the message waits again
 * with the next as its recipient, and only after the last it ends in {@code fallback}.
 */
final class NextAddress {
  private static final String ADDRESSES = """
      select m.message_id, m.addresses
        from unnest(?::uuid[], ?::uuid[]) as o(workspace_id, message_id)
        join messages m on m.workspace_id = o.workspace_id and m.message_id = o.message_id
       where cardinality(m.addresses) > 1""";

  /** Runs after the outcome was applied, which holds the message's state locked. */
  private static final String READDRESS = """
      update messages m set recipient = o.recipient
        from unnest(?::uuid[], ?::uuid[], ?::text[]) as o(workspace_id, message_id, recipient)
       where m.workspace_id = o.workspace_id and m.message_id = o.message_id""";

  /** The outcomes as they are to be applied. */
  final List<Outcome> outcomes = new ArrayList<>();

  private final Map<Outcome, String> next = new HashMap<>();

  private NextAddress() {}

  /** Looks for the next address of those that were not reached. */
  static NextAddress of(Connection connection, List<Outcome> outcomes) throws SQLException {
    NextAddress result = new NextAddress();
    List<Outcome> unreached = outcomes.stream().filter(outcome -> outcome.status() == Status.FALLBACK).toList();
    Map<UUID, List<String>> addresses = unreached.isEmpty() ? Map.of() : addresses(connection, unreached);
    for (Outcome outcome : outcomes) {
      List<String> order = addresses.getOrDefault(outcome.attempt().messageId(), List.of());
      int place = order.indexOf(outcome.attempt().recipient());
      if (outcome.status() == Status.FALLBACK && place >= 0 && place + 1 < order.size()) {
        Outcome again = outcome.atNextAddress();
        result.next.put(again, order.get(place + 1));
        result.outcomes.add(again);
      } else {
        result.outcomes.add(outcome);
      }
    }
    return result;
  }

  private static Map<UUID, List<String>> addresses(Connection connection, List<Outcome> unreached) throws SQLException {
    Map<UUID, List<String>> addresses = new HashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(ADDRESSES)) {
      Columns.set(statement, 1, "uuid", unreached, o -> o.attempt().line().workspaceId());
      Columns.set(statement, 2, "uuid", unreached, o -> o.attempt().messageId());
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          Array array = row.getArray(2);
          addresses.put(row.getObject(1, UUID.class), List.of((String[]) array.getArray()));
        }
      }
    }
    return addresses;
  }

  /** Gives those that were applied their new recipient. */
  void write(Connection connection, List<Outcome> applied) throws SQLException {
    List<Outcome> moved = applied.stream().filter(next::containsKey).toList();
    if (moved.isEmpty()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(READDRESS)) {
      Columns.set(statement, 1, "uuid", moved, o -> o.attempt().line().workspaceId());
      Columns.set(statement, 2, "uuid", moved, o -> o.attempt().messageId());
      Columns.set(statement, 3, "text", moved, next::get);
      statement.executeUpdate();
    }
  }
}
