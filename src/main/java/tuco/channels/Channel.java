package tuco.channels;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.BiConsumer;

/**
 * A kind of line: how to hand messages to one provider and how to ask it afterwards (decisions 7.1).
 * Implementations keep no state that a crash may lose, retry nothing by themselves and never throw
 * for what a provider says: every outcome is a {@link SendResult}.
 */
public interface Channel {
  /** The kind written in {@code lines.kind}, for example {@code smtp}. */
  String kind();

  /**
   * Checks the settings a person typed for a new or edited line.
   *
   * @return the faults, one sentence a field; empty when the settings can be used
   */
  List<Fault> check(LineSettings line);

  /**
   * Hands the messages to the provider one after another, in order, and reports each outcome as
   * soon as it is known. Returns when the last is known; blocks no longer than its own deadlines.
   *
   * @param outcome called exactly once for every message, on the calling thread
   */
  void send(LineSettings line, List<Outgoing> messages, BiConsumer<Outgoing, SendResult> outcome);

  /**
   * Asks the provider what became of an attempt whose outcome was never learnt (decisions 5.3).
   * Only {@link Reconciled.NotSent} lets the message be sent again.
   */
  Reconciled reconcile(LineSettings line, Outgoing message);

  /** Asks the provider whether the line could send now. */
  Health health(LineSettings line);

  /** Asks whether an address can be reached on this channel, without sending; most providers cannot tell. */
  default Reach reach(LineSettings line, String address) {
    return Reach.CANNOT_TELL;
  }

  /** Whether {@link #reach} tells anything on this channel. */
  default boolean tellsReach() {
    return false;
  }

  /**
   * What the provider reports of messages that it took before: that they arrived, or were read. The same ones come again until they
   * were {@link #heard}, to any node that asks; most providers report otherwise, or never.
   */
  default List<Receipt> receipts() {
    return List.of();
  }

  /** Takes note that these need not be reported again; called after their effect was committed. */
  default void heard(List<Receipt> receipts) {}

  /**
   * A message arrived.
   *
   * @param externalId the handle under which the provider took it
   * @param read whether it was read too
   */
  record Receipt(UUID workspaceId, UUID messageId, String externalId, Instant at, boolean read) {}

  /** Whether an address can be reached. */
  enum Reach {
    YES,
    NO,
    CANNOT_TELL
  }

  /** One fault in a line's settings: the field and the rule it breaks. */
  record Fault(String field, String message) {}

  /** What the provider said of a line; {@code words} is empty when it is healthy. */
  record Health(boolean healthy, String words) {}

  /** What the provider said of an attempt whose outcome was unknown. */
  sealed interface Reconciled {
    /** The provider has it, with this outcome. */
    record Found(SendResult result) implements Reconciled {}

    /** The provider proved that it never left. */
    record NotSent() implements Reconciled {}

    /** The provider cannot tell; the message stays {@code unknown}. */
    record CannotTell(String words) implements Reconciled {}
  }
}
