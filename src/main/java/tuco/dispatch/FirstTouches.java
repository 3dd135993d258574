package tuco.dispatch;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Gives first touches back. One is charged for a person, by the first message to them, while others to the same person
 * follow it uncharged. So it is given back only when the last of all those is known never to have left; until then the
 * person counts as written to, and the charge stays where it was made. Runs with the lines' leases locked.
 */
final class FirstTouches {
  private FirstTouches() {}

  /** Somebody whom the line has not written to after all. */
  private record Gone(LineKey line, UUID leadId, @Nullable FirstCharge charge) {}

  /** When it was charged, and to which day of the plan. */
  private record FirstCharge(Instant at, Instant day) {}

  private record Person(LineKey line, UUID leadId) {}

  private record Address(LineKey line, String address) {}

  static void refund(Connection connection, List<Outcome> refunds, Counters counters) throws SQLException {
    Map<Address, Integer> returned = new LinkedHashMap<>();
    for (Outcome outcome : refunds) {
      returned.merge(new Address(outcome.attempt().line(), outcome.attempt().recipient()), 1, Integer::sum);
    }
    List<Gone> gone = forget(connection, returned);
    if (gone.isEmpty()) {
      return;
    }
    Map<Person, FirstCharge> charged = new LinkedHashMap<>();
    gone.stream().filter(each -> each.charge != null).forEach(each -> charged.put(new Person(each.line, each.leadId), each.charge));
    charged.keySet().removeAll(inherit(connection, charged));
    charged.forEach((person, charge) -> counters.newPerson(person.line, charge.day, charge.at));
    firstAgain(connection, gone);
  }

  /** Takes what came back off each address; those with nothing left go. Locked in one order. */
  private static final String FORGET = """
      with r as (
        select * from unnest(?::uuid[], ?::uuid[], ?::text[], ?::int4[]) with ordinality as r(workspace_id, line_id, address, returned, n)
      ), locked as (
        select c.workspace_id, c.line_id, c.address, c.sends - r.returned as sends, r.n
          from r join contacts c using (workspace_id, line_id, address)
         order by c.workspace_id, c.line_id, c.address
           for update of c
      ), fewer as (
        update contacts c set sends = l.sends
          from locked l
         where l.sends > 0 and (c.workspace_id, c.line_id, c.address) = (l.workspace_id, l.line_id, l.address)
      )
      delete from contacts c
       using locked l
       where l.sends <= 0 and (c.workspace_id, c.line_id, c.address) = (l.workspace_id, l.line_id, l.address)
      returning l.n::int, c.lead_id, c.charged_at, c.charged_day""";

  private static List<Gone> forget(Connection connection, Map<Address, Integer> returned) throws SQLException {
    List<Address> addresses = List.copyOf(returned.keySet());
    try (PreparedStatement statement = connection.prepareStatement(FORGET)) {
      Columns.set(statement, 1, "uuid", addresses, each -> each.line.workspaceId());
      Columns.set(statement, 2, "uuid", addresses, each -> each.line.lineId());
      Columns.set(statement, 3, "text", addresses, Address::address);
      Columns.set(statement, 4, "int4", addresses, returned::get);
      List<Gone> gone = new ArrayList<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          gone.add(new Gone(addresses.get(row.getInt(1) - 1).line, row.getObject(2, UUID.class),
              row.getTimestamp(3) == null ? null : new FirstCharge(Columns.instant(row, 3), Columns.instant(row, 4))));
        }
      }
      return gone;
    }
  }

  /** The charge goes over to another address of the same person that a message still counts for. */
  private static final String INHERIT = """
      update contacts c set charged_at = h.charged_at, charged_day = h.charged_day
        from (select distinct on (g.workspace_id, g.line_id, g.lead_id) o.workspace_id, o.line_id, o.address, g.charged_at, g.charged_day
                from unnest(?::uuid[], ?::uuid[], ?::uuid[], ?::timestamptz[], ?::timestamptz[])
                     as g(workspace_id, line_id, lead_id, charged_at, charged_day)
                join contacts o on o.workspace_id = g.workspace_id and o.line_id = g.line_id and o.lead_id = g.lead_id
               where o.charged_at is null
               order by g.workspace_id, g.line_id, g.lead_id, o.first_sent_at) h
       where (c.workspace_id, c.line_id, c.address) = (h.workspace_id, h.line_id, h.address)
      returning c.workspace_id, c.line_id, c.lead_id""";

  private static Set<Person> inherit(Connection connection, Map<Person, FirstCharge> charged) throws SQLException {
    Set<Person> inherited = new HashSet<>();
    List<Map.Entry<Person, FirstCharge>> rows = List.copyOf(charged.entrySet());
    try (PreparedStatement statement = connection.prepareStatement(INHERIT)) {
      Columns.set(statement, 1, "uuid", rows, row -> row.getKey().line.workspaceId());
      Columns.set(statement, 2, "uuid", rows, row -> row.getKey().line.lineId());
      Columns.set(statement, 3, "uuid", rows, row -> row.getKey().leadId);
      Columns.set(statement, 4, "timestamptz", rows, row -> row.getValue().at);
      Columns.set(statement, 5, "timestamptz", rows, row -> row.getValue().day);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          inherited.add(new Person(
              new LineKey(row.getObject(1, UUID.class), row.getObject(2, UUID.class)), row.getObject(3, UUID.class)));
        }
      }
    }
    return inherited;
  }

  /** Whatever else waits for somebody who is new again waits among the first messages; by way of the people, as the claim does it. */
  private static final String FIRST_AGAIN = """
      with theirs as materialized (
        select g.workspace_id, g.line_id, m.message_id
          from unnest(?::uuid[], ?::uuid[], ?::uuid[]) as g(workspace_id, line_id, lead_id)
          join messages m on m.workspace_id = g.workspace_id and m.lead_id = g.lead_id
         where not exists (select from contacts c
                            where c.workspace_id = g.workspace_id and c.line_id = g.line_id and c.lead_id = g.lead_id))
      update message_states s
         set first_touch = true
        from theirs t
       where s.workspace_id = t.workspace_id and s.message_id = t.message_id and s.line_id = t.line_id
         and coalesce(s.status, '') in ('queued', 'pending', 'scheduled') and not s.first_touch""";

  private static void firstAgain(Connection connection, List<Gone> gone) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(FIRST_AGAIN)) {
      Columns.set(statement, 1, "uuid", gone, each -> each.line.workspaceId());
      Columns.set(statement, 2, "uuid", gone, each -> each.line.lineId());
      Columns.set(statement, 3, "uuid", gone, Gone::leadId);
      statement.executeUpdate();
    }
  }
}
