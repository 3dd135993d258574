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

  /** What the lead was written to, or wrote from, and has no more: the person's too, unless somebody else has, or had, the address. */
  private static final String EARLIER = """
      select a.address
        from (select unnest(m.addresses || array[m.recipient, m.recipient_phone, m.recipient_email]) as address
                from messages m where m.workspace_id = :workspace and m.lead_id = :lead
              union
              select c.address from contacts c where c.workspace_id = :workspace and c.lead_id = :lead
              union
              select v.address from conversations v where v.workspace_id = :workspace and v.lead_id = :lead) a
       where a.address <> '' and a.address <> all (:present)
         and not exists (select from leads l
                          where l.workspace_id = :workspace and l.lead_id <> :lead and l.lead_id in (
                                select x.lead_id from lead_addresses x where x.workspace_id = :workspace and x.address = a.address
                                union all
                                select x.lead_id from messages x where x.workspace_id = :workspace and x.recipient = a.address
                                union all
                                select x.lead_id from contacts x where x.workspace_id = :workspace and x.address = a.address
                                union all
                                select x.lead_id from conversations x where x.workspace_id = :workspace and x.address = a.address))
       order by 1""";

  private static Subject found(Tx tx, UUID lead) {
    List<String> addresses = new ArrayList<>(tx.ownQuery("""
            select address from lead_addresses where workspace_id = :workspace and lead_id = :lead order by position""")
        .bind("lead", lead).mapTo(String.class).list());
    addresses.addAll(tx.ownQuery(EARLIER).bind("lead", lead).bind("present", addresses.toArray(String[]::new)).mapTo(String.class).list());
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
