package tuco.campaigns.render;

/** What a placeholder without value and fallback does. */
public enum Missing {
  /** It leaves nothing, as the contract has it (6.6). */
  LEAVES_NOTHING,
  /** The text is not sent, and says why. */
  REFUSES
}
