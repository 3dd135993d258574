package tuco.dispatch;

import java.util.AbstractList;
import java.util.List;
import java.util.function.Consumer;
import tuco.channels.Outgoing;

/**
 * The messages of a batch as the channel takes them, one after another. Each is given out only while this node knows
 * that it has been alive ever since the claim: after a pause (a suspended machine, a stalled disk) another node may have
 * the line, and what was not given out must not leave any more (decisions 5.3).
 */
final class Handover extends AbstractList<Outgoing> {
  private final List<Claimed> messages;
  private final Nodes node;
  private final int pauses;
  private final Consumer<Claimed> giving;
  private int given;

  /**
   * @param pauses {@link Nodes#pauses} from before the messages were claimed
   * @param giving told of each message as it is given out
   */
  Handover(List<Claimed> messages, Nodes node, int pauses, Consumer<Claimed> giving) {
    this.messages = messages;
    this.node = node;
    this.pauses = pauses;
    this.giving = giving;
  }

  /** Thrown at the channel in place of the next message; it ends the batch. */
  static final class LeaseInDoubt extends IllegalStateException {
    LeaseInDoubt() {
      super("the node's heartbeat is late; the rest of the batch stays");
    }
  }

  @Override
  public Outgoing get(int index) {
    if (index >= given) {
      if (!node.isFresh() || node.pauses() != pauses) {
        throw new LeaseInDoubt();
      }
      given = index + 1;
      giving.accept(messages.get(index));
    }
    return messages.get(index).outgoing();
  }

  @Override
  public int size() {
    return messages.size();
  }

  /** The messages that were given out are those before this index. */
  int given() {
    return given;
  }
}
