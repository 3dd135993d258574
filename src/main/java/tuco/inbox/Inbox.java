package tuco.inbox;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tuco.db.Tx;
import tuco.events.Events;
import tuco.events.Happening;
import tuco.events.Happenings;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.leads.Suppressions;

/** Records what comes back, on whatever channel, and all that follows from it (P5, decisions 8.1). */
public final class Inbox {
  /** Longest message kept as text; a provider's message is cut there, as one of ours would be refused. */
  static final int MAX_TEXT = 20_000;

  private static final int MAX_WHOLE = 200_000;
  private static final int MAX_PROVIDER_ID = 512;

  private final Ids ids;
  private final Clock clock;
  private final Threads threads;
  private final OptOut optOut;
  private final Notices notices;
  private final Bounces bounces;
  private final Suppressions suppressions;
  private final Happenings happenings;
  private final Supplier<String> publicUrl;
  private final Consequences consequences;

  /**
   * @param wake tells the engine that a line (workspace, line) has something new
   */
  public Inbox(Ids ids, Clock clock, OptOut optOut, Suppressions suppressions, Happenings happenings, Supplier<String> publicUrl,
      Consequences consequences, BiConsumer<UUID, UUID> wake) {
    this.ids = ids;
    this.clock = clock;
    this.threads = new Threads(ids, clock);
    this.optOut = optOut;
    this.notices = new Notices(ids, clock, wake);
    this.bounces = new Bounces(suppressions, happenings, clock);
    this.suppressions = suppressions;
    this.happenings = happenings;
    this.publicUrl = publicUrl;
    this.consequences = consequences;
  }

  /**
   * What a message was taken for.
   *
   * @param fresh false when it had been recorded before; then nothing was changed, and only the message is known
   * @param answers the message of ours it answers
   */
  public record Recorded(
      UUID messageId, boolean fresh, Nature nature, @Nullable UUID leadId, @Nullable UUID answers, @Nullable UUID campaignId) {}

  /**
   * Records a message in this transaction, of a workspace in any state: also in read-only mode (decisions 4.7). Once
   * this has been committed the provider may be told that we have it. A message that is delivered twice, at one time
   * and to two nodes even, is recorded once. With it, in the same transaction: what it cancels, and what webhooks tell.
   */
  public Recorded record(Tx tx, Inbound raw) throws SQLException {
    UUID workspace = tx.workspace();
    Inbound inbound = raw.storable();
    Recorded known = onlyOnce(tx, workspace, inbound);
    if (known != null) {
      return known;
    }
    Match match = Match.of(tx, workspace, inbound, clock.instant());
    Nature nature = switch (inbound.by()) {
      case PERSON -> OptOutWords.natureOf(tx, workspace, inbound);
      case MACHINE -> Nature.AUTO_REPLY;
      case BOUNCE -> Nature.BOUNCE;
    };
    UUID conversation = threads.of(tx, workspace, match, inbound);
    UUID message = ids.next(Ids.tag(workspace));
    insert(tx, workspace, message, match, inbound);
    insertInbound(tx, workspace, message, conversation, nature, match, inbound);
    insertAttachments(tx, workspace, message, inbound.attachments());
    if (nature.byAPerson()) {
      boolean attention = nature == Nature.REPLY && OptOutWords.perhaps(inbound.text());
      threads.replied(tx, workspace, conversation, message, match, inbound, attention);
      happenings.record(tx.connection(),
          List.of(new Happening(workspace, Events.REPLY, message, inbound.receivedAt(), Map.of())));
    }
    if (nature == Nature.OPT_OUT) {
      if (optOut.take(tx, workspace, match.lead(), match.address(), "Wrote: " + cut(inbound.text().strip(), 100), Suppressions.REPLY)) {
        notices.confirm(tx, workspace, match, inbound);
      }
      if (inbound.bounce() != null && match.answered() != null && inbound.answers().contains(match.answered().messageId())) {
        bounces.complained(tx, workspace, match.answered().messageId(), inbound.bounce().words());
      }
    } else if (nature == Nature.OPT_IN) {
      suppressions.lift(tx, workspace, match.address());
    } else if (inbound.bounce() != null) {
      bounces.apply(tx, workspace, match, inbound.bounce(), inbound.answers());
    } else if (nature == Nature.REPLY && OptOutWords.asksForHelp(inbound.text())) {
      notices.help(tx, workspace, match, inbound);
    }
    // Campaigns stop or park the person's enrolments here (decisions 6.5): in this transaction, so that nothing that is
    // queued can go out after the reply was recorded.
    Recorded recorded = new Recorded(message, true, nature, match.lead(), match.answeredId(), match.campaignId());
    consequences.of(tx, recorded, inbound.text());
    return recorded;
  }

  /** Waits for whoever records the same message at this moment, and answers what was recorded before; null when nothing. */
  private static @Nullable Recorded onlyOnce(Tx tx, UUID workspace, Inbound inbound) {
    String provider = providerId(inbound);
    tx.query("select pg_advisory_xact_lock(7012, hashtext(cast(:line as text) || :provider))::text")
        .bind("line", inbound.lineId()).bind("provider", provider).mapTo(String.class).one();
    return tx.query("""
            select i.message_id, i.nature, m.lead_id, i.answers, i.campaign_id
              from inbound_messages i
              join messages m on m.workspace_id = i.workspace_id and m.message_id = i.message_id
             where i.workspace_id = :workspace and i.line_id = :line and i.provider_id = :provider""")
        .bind("workspace", workspace).bind("line", inbound.lineId()).bind("provider", provider)
        .map((row, context) -> new Recorded(
            row.getObject(1, UUID.class), false, Nature.valueOf(row.getString(2).toUpperCase(java.util.Locale.ROOT)),
            row.getObject(3, UUID.class), row.getObject(4, UUID.class), row.getObject(5, UUID.class)))
        .findOne().orElse(null);
  }

  private void insert(Tx tx, UUID workspace, UUID message, Match match, Inbound inbound) {
    boolean mail = match.address().indexOf('@') >= 0;
    String text = cut(inbound.text(), MAX_TEXT);
    tx.update("""
            with m as (
              insert into messages (workspace_id, message_id, lead_id, direction, message_type, text, text_hash, recipient,
                     recipient_phone, recipient_email, recipient_name, attachments, campaign_id, correlation_id, created_at, updated_at)
              values (:workspace, :message, :lead, 'received', :type, :text, sha256(convert_to(:text, 'UTF8')), :address,
                      :phone, :email, :name, cast(:attachments as jsonb), :campaign, :correlation, :now, :now)
            ), s as (
              insert into message_states (workspace_id, message_id, line_id, status, due_at, event_count, updated_at)
              values (:workspace, :message, :line, 'received', :now, 1, :now)
            )
            insert into message_events (workspace_id, message_id, seq, status, at, cause)
            values (:workspace, :message, 1, 'received', :now, 'received')""")
        .bind("workspace", workspace).bind("message", message).bind("lead", match.lead())
        .bind("type", match.messageType(inbound)).bind("text", text).bind("address", match.address())
        .bind("phone", mail ? null : match.address()).bind("email", mail ? match.address() : null)
        .bind("name", cut(match.name().isEmpty() ? inbound.senderName() : match.name(), 200))
        .bind("attachments", attachments(message, inbound.attachments())).bind("campaign", match.campaignId())
        .bind("correlation", "in_" + Ids.text(Kind.MESSAGE, message)).bind("line", inbound.lineId()).bind("now", clock.instant())
        .execute();
  }

  private static void insertInbound(
      Tx tx, UUID workspace, UUID message, UUID conversation, Nature nature, Match match, Inbound inbound) {
    tx.update("""
            insert into inbound_messages (workspace_id, message_id, line_id, provider_id, conversation_id, nature, answers,
                   campaign_id, subject, whole, reference, received_at)
            values (:workspace, :message, :line, :provider, :conversation, :nature, :answers,
                    :campaign, :subject, :whole, :reference, :at)""")
        .bind("workspace", workspace).bind("message", message).bind("line", inbound.lineId())
        .bind("provider", providerId(inbound)).bind("conversation", conversation).bind("nature", nature.wire())
        .bind("answers", match.answeredId()).bind("campaign", match.campaignId())
        .bind("subject", inbound.subject() == null ? null : cut(inbound.subject(), 1_000))
        .bind("whole", inbound.whole() == null ? null : cut(inbound.whole(), MAX_WHOLE))
        .bind("reference", inbound.reference()).bind("at", inbound.receivedAt())
        .execute();
  }

  private static void insertAttachments(Tx tx, UUID workspace, UUID message, List<Inbound.Attachment> attachments) {
    for (int i = 0; i < attachments.size(); i++) {
      Inbound.Attachment attachment = attachments.get(i);
      tx.update("""
              insert into inbound_attachments (workspace_id, message_id, position, name, content_type, size, content)
              values (:workspace, :message, :position, :name, :type, :size, :content)""")
          .bind("workspace", workspace).bind("message", message).bind("position", i)
          .bind("name", cut(attachment.name(), 255)).bind("type", cut(attachment.contentType(), 127))
          .bind("size", attachment.size()).bind("content", attachment.content()).execute();
    }
  }

  /** Attachments as every message shows them: an address, which takes a key of the workspace, and a name. */
  private @Nullable String attachments(UUID message, List<Inbound.Attachment> attachments) {
    if (attachments.isEmpty()) {
      return null;
    }
    ArrayNode list = Json.array();
    for (int i = 0; i < attachments.size(); i++) {
      list.addObject()
          .put("url", publicUrl.get() + "/api/unibox/messages/" + Ids.text(Kind.MESSAGE, message) + "/attachment?position=" + i)
          .put("name", cut(attachments.get(i).name(), 255));
    }
    return Json.text(list);
  }

  /** The provider's id, by its hash where it is too long to be looked up by. */
  private static String providerId(Inbound inbound) {
    String id = clean(inbound.providerId());
    return id.length() <= MAX_PROVIDER_ID ? id : "sha256:" + java.util.HexFormat.of().formatHex(sha256(id));
  }

  private static byte[] sha256(String text) {
    try {
      return java.security.MessageDigest.getInstance("SHA-256").digest(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** At most so many characters that the database can keep. */
  static String cut(String text, int length) {
    String clean = clean(text);
    if (clean.length() <= length) {
      return clean;
    }
    return clean.substring(0, Character.isHighSurrogate(clean.charAt(length - 1)) ? length - 1 : length);
  }

  /** Without what no text in the database can hold: U+0000, and halves of surrogate pairs. */
  private static String clean(String text) {
    StringBuilder clean = new StringBuilder(text.length());
    text.codePoints()
        .filter(point -> point != 0 && (point < Character.MIN_SURROGATE || point > Character.MAX_SURROGATE))
        .forEach(clean::appendCodePoint);
    return clean.toString();
  }
}
