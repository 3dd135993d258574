package tuco.dispatch;

import java.time.Instant;

/** A line this node holds, as its dispatcher thread sees it. Only that thread touches it. */
final class HeldLine {
  static final int SMALLEST_BATCH = 1;
  static final int LARGEST_BATCH = 256;

  final LineKey key;
  final long fence;
  /**
   * How many messages are claimed at once: about as many as leave in a quarter of a second. What a crash interrupts and
   * the provider cannot be asked about stays unknown, so a slow channel holds few.
   */
  int batch = 16;
  /** A batch is with the channel: a line never sends two at once. */
  boolean busy;
  /** Stands in the rota. */
  boolean queued;
  /** Something new came while it was busy. */
  boolean again;
  /** Not held any more. */
  boolean lost;
  /** Nothing leaves before; the limits are looked at again then. */
  Instant wakeAt = Instant.MIN;
  /** No first message leaves before. */
  Instant newWakeAt = Instant.MIN;
  /** When it is to be woken; what it waits for may end earlier. */
  Instant timerAt = Instant.MIN;
  /** When the last batch was handed over: a gap counts from there, not from the claim before it. */
  Instant handedAt = Instant.MIN;

  HeldLine(LineKey key, long fence) {
    this.key = key;
    this.fence = fence;
  }

  /** A fast channel gets more at once, a slow one less. */
  void learn(int sent, long nanos) {
    if (nanos > 500_000_000L) {
      batch = Math.max(SMALLEST_BATCH, batch / 2);
    } else if (sent == batch && nanos < 125_000_000L) {
      batch = Math.min(LARGEST_BATCH, batch * 2);
    }
  }
}
