package tuco.inbox;

import java.util.Arrays;
import java.util.Locale;

/** What a received message is. */
public enum Nature {
  REPLY,
  OPT_OUT,
  OPT_IN,
  AUTO_REPLY,
  BOUNCE;

  /** The words of those a person wrote: only these count as replies (contract 2.13). */
  static final String[] REPLIES =
      Arrays.stream(values()).filter(Nature::byAPerson).map(Nature::wire).toArray(String[]::new);

  /** Whether a person wrote it, so that it is told as a reply and stops campaigns. */
  public boolean byAPerson() {
    return this != AUTO_REPLY && this != BOUNCE;
  }

  /** The word in the database and on the wire. */
  public String wire() {
    return name().toLowerCase(Locale.ROOT);
  }
}
