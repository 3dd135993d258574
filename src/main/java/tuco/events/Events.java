package tuco.events;

import java.util.List;

/** The events one can subscribe to: the contract's five, and more (decisions 8.2). */
public final class Events {
  public static final String SENT = "message.sent";
  public static final String FAILED = "message.failed";
  public static final String FALLBACK = "message.fallback";
  public static final String OPENED = "message.opened";
  public static final String REPLY = "message.reply";
  public static final String DELIVERED = "message.delivered";
  public static final String CANCELLED = "message.cancelled";
  public static final String SCHEDULED = "message.scheduled";
  public static final String LEAD_CREATED = "lead.created";
  public static final String LEAD_UPDATED = "lead.updated";
  public static final String LEAD_DELETED = "lead.deleted";
  public static final String LEAD_OPTED_OUT = "lead.opted_out";
  public static final String CAMPAIGN_COMPLETED = "campaign.completed";
  public static final String LINE_DOWN = "line.down";
  public static final String LINE_UP = "line.up";
  public static final String KEY_ROTATED = "key.rotated";
  public static final String KEY_LEAKED = "key.leaked";

  /** All of them, the contract's first. */
  public static final List<String> ALL = List.of(
      SENT, FAILED, FALLBACK, OPENED, REPLY, DELIVERED, CANCELLED, SCHEDULED,
      LEAD_CREATED, LEAD_UPDATED, LEAD_DELETED, LEAD_OPTED_OUT,
      CAMPAIGN_COMPLETED, LINE_DOWN, LINE_UP, KEY_ROTATED, KEY_LEAKED);

  private Events() {}
}
