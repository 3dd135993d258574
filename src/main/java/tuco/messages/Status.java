package tuco.messages;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The states of a message and, in one table, what each may become (decisions 5.2). A state never moves backwards:
 * the waiting ones may take each other's place, an attempt goes back to waiting only when it is proven that nothing left.
 */
public enum Status {
  /** Waits for its window, its line's capacity, a gap or the next try. */
  QUEUED,
  /** Waits, and a line has been chosen just now. */
  PENDING,
  /** Waits for a date in the future. */
  SCHEDULED,
  /** Handed to the provider, or about to be: the durable mark that precedes the call (decisions 5.3). */
  SENDING,
  /** Taken by the provider. */
  SENT,
  /** Reported at the recipient. */
  DELIVERED,
  /** Given up, with the reason. */
  FAILED,
  /** No address of the recipient can be reached on this channel. */
  FALLBACK,
  /** Taken back before it was sent. */
  CANCELLED,
  /** Handed over, outcome not learnt; the provider is asked. */
  UNKNOWN,
  /** Came in. */
  RECEIVED;

  /** Those that still wait for their first or next attempt; the partial index of the queue names the same. */
  public static final Set<Status> WAITING = Set.copyOf(EnumSet.of(QUEUED, PENDING, SCHEDULED));

  private static final Map<Status, Set<Status>> NEXT = table();

  private static Map<Status, Set<Status>> table() {
    Map<Status, Set<Status>> next = new EnumMap<>(Status.class);
    next.put(QUEUED, EnumSet.of(QUEUED, PENDING, SCHEDULED, SENDING, CANCELLED, FAILED));
    next.put(PENDING, EnumSet.of(QUEUED, PENDING, SCHEDULED, SENDING, CANCELLED, FAILED));
    next.put(SCHEDULED, EnumSet.of(QUEUED, PENDING, SCHEDULED, SENDING, CANCELLED, FAILED));
    next.put(SENDING, EnumSet.of(QUEUED, SENT, DELIVERED, FAILED, FALLBACK, UNKNOWN));
    next.put(UNKNOWN, EnumSet.of(QUEUED, SENT, DELIVERED, FAILED, FALLBACK));
    next.put(SENT, EnumSet.of(DELIVERED, FAILED));
    next.put(DELIVERED, EnumSet.noneOf(Status.class));
    next.put(FAILED, EnumSet.noneOf(Status.class));
    next.put(FALLBACK, EnumSet.noneOf(Status.class));
    next.put(CANCELLED, EnumSet.noneOf(Status.class));
    next.put(RECEIVED, EnumSet.noneOf(Status.class));
    return next;
  }

  /** Whether a message in this state may take that one. */
  public boolean mayBecome(Status next) {
    return NEXT.getOrDefault(this, Set.of()).contains(next);
  }

  /** Whether nothing follows. */
  public boolean isFinal() {
    return NEXT.getOrDefault(this, Set.of()).isEmpty();
  }

  /** The states from which this one can be reached, for the {@code status = any(?)} that guards an update. */
  public String[] sources() {
    List<String> sources = new ArrayList<>();
    for (Status from : values()) {
      if (from.mayBecome(this)) {
        sources.add(from.wire());
      }
    }
    return sources.toArray(String[]::new);
  }

  /** The word in the database and on the wire. */
  public String wire() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Reads the word; unknown words are an error of ours. */
  public static Status of(String wire) {
    return valueOf(wire.toUpperCase(Locale.ROOT));
  }
}
