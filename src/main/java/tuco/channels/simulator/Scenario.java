package tuco.channels.simulator;

import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the simulator does with a recipient: the one table that the code, the tests and {@code
 * docs/simulator.md} are made from. Numbers are those reserved for fiction, +1 xxx 555 01xx, in any
 * area; an e-mail address counts by its local part, up to a {@code +}, in any domain.
 */
enum Scenario {
  DELIVERED("00", "delivered", "delivered"),
  FALLBACK("01", "fallback", "no iMessage: `fallback`; an SMS is delivered"),
  FAIL("02", "fail", "refused for good: `failed`; the address stays usable"),
  RETRY("03", "retry", "the first try waits, the second is delivered"),
  ACCEPTED("04", "accepted", "accepted and never reported as delivered: stays `sent`"),
  UNKNOWN("05", "unknown", "sent, but the answer is lost: `unknown`; asking afterwards finds it delivered"),
  LINE_DOWN("06", "linedown", "the line cannot send: every try waits and the line counts as down"),
  REPLIES("07", "replies", "delivered; a second later the recipient answers `Yes, please tell me more.`",
      "person", "Yes, please tell me more."),
  OPTS_OUT("08", "optsout", "delivered; a second later the recipient answers `STOP` and is on the do-not-contact list",
      "person", "STOP"),
  LOST("09", "lost", "the answer is lost and the message too: `unknown`; asking proves it, the next try is delivered"),
  DEAD("10", "dead", "refused for good because the address is dead: `failed`, and never tried again"),
  AUTO_REPLY("11", "autoreply", "delivered; a second later a machine answers that the recipient is out of the office",
      "machine", "I am out of the office until Monday."),
  BOUNCES("12", "bounces", "accepted, and comes back a second later: `sent`, then `failed`",
      "bounce", "550 5.2.2 The simulated mailbox is full."),
  LATER("13", "later", "accepted, and two seconds later reported at the recipient: `sent`, then `delivered`"),
  READ("14", "read", "delivered, and two seconds later reported as read: `message.opened`");

  private static final Pattern EMAIL = Pattern.compile("[^@\\s\\p{Cntrl}]+@[^@\\s\\p{Cntrl}]+");
  private static final Pattern NUMBER = Pattern.compile("\\+[1-9][0-9]{6,14}");
  private static final Scenario[] ALL = values();

  /** The last two digits of the number. */
  final String digits;

  final String localPart;

  final String meaning;

  /** Who answers: {@code person}, {@code machine} or {@code bounce}; null for a recipient who does not. */
  final @Nullable String by;

  /** What comes back. */
  final @Nullable String answer;

  Scenario(String digits, String localPart, String meaning) {
    this(digits, localPart, meaning, null, null);
  }

  Scenario(String digits, String localPart, String meaning, @Nullable String by, @Nullable String answer) {
    this.digits = digits;
    this.localPart = localPart;
    this.meaning = meaning;
    this.by = by;
    this.answer = answer;
  }

  /** What becomes of a message to this recipient; null when it is neither a number nor an e-mail address. */
  static @Nullable Scenario of(String recipient) {
    if (NUMBER.matcher(recipient).matches()) {
      return ofNumber(recipient);
    }
    return EMAIL.matcher(recipient).matches() ? ofEmail(recipient) : null;
  }

  /** What becomes of a message of this type: who has no iMessage gets an SMS like anybody. */
  static @Nullable Scenario of(String recipient, String type) {
    Scenario scenario = of(recipient);
    return scenario == FALLBACK && type.equals("sms") ? DELIVERED : scenario;
  }

  private static Scenario ofNumber(String number) {
    if (number.length() != 12 || !number.startsWith("+1") || !number.startsWith("55501", 5)) {
      return DELIVERED;
    }
    for (Scenario scenario : ALL) {
      if (number.endsWith(scenario.digits)) {
        return scenario;
      }
    }
    return DELIVERED;
  }

  private static Scenario ofEmail(String email) {
    String local = email.substring(0, email.indexOf('@'));
    int tag = local.indexOf('+');
    String name = (tag < 0 ? local : local.substring(0, tag)).toLowerCase(Locale.ROOT);
    for (Scenario scenario : ALL) {
      if (name.equals(scenario.localPart)) {
        return scenario;
      }
    }
    return DELIVERED;
  }

  /** The table for people, in Markdown. */
  static String table() {
    StringBuilder table = new StringBuilder("| Number | E-mail | What happens |\n|---|---|---|\n");
    for (Scenario scenario : ALL) {
      table.append("| +1 xxx 555 01%s | %s@… | %s |\n".formatted(scenario.digits, scenario.localPart, scenario.meaning));
    }
    return table.append("| any other | any other | delivered |\n").toString();
  }
}
