package tuco.webhooks;

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

  /** All of them, the contract's first. */
  public static final List<String> ALL = List.of(
      SENT, FAILED, FALLBACK, OPENED, REPLY, DELIVERED, CANCELLED, SCHEDULED,
      "lead.created", "lead.updated", "lead.deleted", "lead.opted_out",
      "campaign.completed", "line.down", "line.up", "key.rotated", "key.leaked");

  private Events() {}
}
