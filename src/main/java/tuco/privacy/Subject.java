package tuco.privacy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.statement.SqlStatement;
import tuco.db.Tx;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.leads.Suppressions;

/** One person, by everything their rows are found with. */
record Subject(UUID lead, List<String> addresses, List<UUID> messages, List<UUID> events, List<String> words) {
  /**
   * Finds the lead; empty when there is none.
   *
   * @param locked so that nothing new is written for it meanwhile
   */
  static Optional<Subject> of(Tx tx, UUID lead, boolean locked) {
    Optional<UUID> there = tx.ownQuery(
            "select lead_id from leads where workspace_id = :workspace and lead_id = :lead" + (locked ? " for update" : ""))
        .bind("lead", lead).mapTo(UUID.class).findOne();
    return there.map(found -> found(tx, found));
  }

  private static Subject found(Tx tx, UUID lead) {
    List<String> addresses = tx.ownQuery("select address from lead_addresses where workspace_id = :workspace and lead_id = :lead order by position")
        .bind("lead", lead).mapTo(String.class).list();
    List<UUID> messages = tx.ownQuery("""
            select message_id from messages
             where workspace_id = :workspace and (lead_id = :lead or recipient = any (:addresses))
            union
            select i.message_id
              from inbound_messages i
              join conversations c on c.workspace_id = i.workspace_id and c.conversation_id = i.conversation_id
             where i.workspace_id = :workspace and (c.lead_id = :lead or c.address = any (:addresses))""")
        .bind("lead", lead).bind("addresses", addresses.toArray(String[]::new)).mapTo(UUID.class).list();
    List<String> words = new ArrayList<>(addresses);
    words.add(Ids.text(Kind.LEAD, lead));
    List<UUID> events = tx.ownQuery("""
            select v.event_id
              from webhook_events v
             where v.workspace_id = :workspace
               and (v.message_id = any (:messages)
                    or exists (select from unnest(:words) w (word) where position(w.word in v.body) > 0))""")
        .bind("messages", messages.toArray(UUID[]::new)).bind("words", words.toArray(String[]::new)).mapTo(UUID.class).list();
    return new Subject(lead, addresses, messages, events, words);
  }

  /** Binds what a place's conditions name; what one does not name is left out. */
  <S extends SqlStatement<S>> S bind(S statement, String sql, UUID workspace) {
    bindIf(statement, sql, "lead", lead);
    bindIf(statement, sql, "addresses", addresses.toArray(String[]::new));
    bindIf(statement, sql, "messages", messages.toArray(UUID[]::new));
    bindIf(statement, sql, "events", events.toArray(UUID[]::new));
    bindIf(statement, sql, "words", words.toArray(String[]::new));
    bindIf(statement, sql, "hashes", addresses.stream().map(address -> Suppressions.hash(workspace, address)).toArray(byte[][]::new));
    return statement;
  }

  private static void bindIf(SqlStatement<?> statement, String sql, String name, Object value) {
    if (sql.contains(":" + name)) {
      statement.bind(name, value);
    }
  }
}
