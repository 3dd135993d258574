package tuco.channels;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The outcome of one hand-over to a provider. */
public sealed interface SendResult {
  /** The provider took it; {@code externalId} is its handle. Becomes {@code sent}. */
  record Accepted(String externalId) implements SendResult {}

  /** The provider took it and reports it at the recipient. Becomes {@code sent}, then {@code delivered}. */
  record Delivered(String externalId) implements SendResult {}

  /** No address can be reached on this channel: a business outcome. Becomes {@code fallback}. */
  record NotReachable(String reason, List<String> checkedAddresses) implements SendResult {}

  /**
   * Refused for good. Becomes {@code failed}.
   *
   * @param words the provider's own words
   * @param suppress whether the address itself is dead or opted out and must not be tried again
   * @param againstLine whether it may be the line that the provider refuses: one after another, these pause it
   */
  record Refused(String words, boolean suppress, boolean againstLine) implements SendResult {
    /** For a reason that lies in the message or its recipient. */
    public Refused(String words, boolean suppress) {
      this(words, suppress, false);
    }
  }

  /**
   * Not now; nothing left. The message waits and is tried again.
   *
   * @param after how long the provider asked us to wait, null to use the engine's own steps
   * @param lineDown whether the fault is the line's (cannot connect, log-in refused), not the message's
   */
  record TryLater(String words, @Nullable Duration after, boolean lineDown) implements SendResult {}

  /** Handed over, outcome not learnt: never sent again without proof. Becomes {@code unknown}. */
  record Unknown(String words) implements SendResult {}
}
