package tuco.privacy;

import java.util.List;

/**
 * A place where data of a person lies. The one list of them: what is exported, what is erased and how, and what a test
 * holds against all tables there are. In the conditions {@code :lead} is the lead, {@code :addresses} are all its
 * addresses, {@code :hashes} their hashes, {@code :messages} all messages to and from them, {@code :events} the events
 * that tell of them, and {@code :words} what a stored text must not hold any more.
 *
 * @param name what the export calls it
 * @param where which rows are the person's
 * @param blanked what is set where the row must stay; empty where it goes
 */
record Place(String name, String table, String where, String blanked) {
  private static final String BY_MESSAGE = "t.message_id = any (:messages)";

  /** In the order of erasing: what points at something goes before it. */
  static final List<Place> ALL = List.of(
      gone("webhookDeliveries", "webhook_deliveries", "t.event_id = any (:events)"),
      gone("webhookEvents", "webhook_events", "t.event_id = any (:events)"),
      // Idempotency keys are the client's own words and may name the person: the whole row goes, and with it the replay.
      gone("storedAnswers", "idempotency", holds("t.body || ' ' || t.key")),
      blank("imports", "imports", holds("t.errors::text || t.doubles::text"), "errors = '[]', doubles = '[]'"),
      gone("availability", "availability_checks", "t.address = any (:addresses)"),
      gone("availabilityAsked", "availability_queue", "t.lead_id = :lead"),
      gone("simulatorLedger", "simulator_ledger", BY_MESSAGE + " or t.recipient = any (:addresses)"),
      gone("simulatorFirstTries", "simulator_first_tries", BY_MESSAGE),
      gone("simulatorReplies", "simulator_replies", BY_MESSAGE + " or t.sender = any (:addresses)"),
      gone("contacts", "contacts", "t.lead_id = :lead or t.address = any (:addresses)"),
      gone("campaignMessages", "campaign_messages", "t.lead_id = :lead"),
      gone("enrolments", "enrolments", "t.lead_id = :lead"),
      gone("replyAttachments", "inbound_attachments", BY_MESSAGE),
      gone("replies", "inbound_messages", BY_MESSAGE),
      gone("conversations", "conversations", "t.lead_id = :lead or t.address = any (:addresses)"),
      gone("messageEvents", "message_events", BY_MESSAGE),
      gone("messageStates", "message_states", BY_MESSAGE),
      gone("messages", "messages", BY_MESSAGE),
      // Do-not-contact lives on by the hash alone: whoever is imported again stays suppressed (decisions 5.7).
      blank("doNotContact", "suppressions", "t.address_hash = any (:hashes)", "address = null, reason = ''"),
      gone("addresses", "lead_addresses", "t.lead_id = :lead"),
      gone("lead", "leads", "t.lead_id = :lead"));

  private static Place gone(String name, String table, String where) {
    return new Place(name, table, where, "");
  }

  private static Place blank(String name, String table, String where, String blanked) {
    return new Place(name, table, where, blanked);
  }

  private static String holds(String text) {
    return "exists (select from unnest(:words) w (word) where position(lower(w.word) in lower(" + text + ")) > 0)";
  }

  /** The person's rows as JSON. */
  String select() {
    return "select to_jsonb(t)::text from " + table + " t where t.workspace_id = :workspace and (" + where + ")";
  }

  /** Takes the person out of them. */
  String erase() {
    String rows = " where t.workspace_id = :workspace and (" + where + ")";
    return blanked.isEmpty() ? "delete from " + table + " t" + rows : "update " + table + " t set " + blanked + rows;
  }
}
