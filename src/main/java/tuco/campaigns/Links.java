package tuco.campaigns;

import java.util.Set;
import java.util.regex.Pattern;

/** Links in texts: on iMessage lines the first message to somebody holds none (connectors.md 5). */
final class Links {
  /** The kinds of lines that send from an Apple account, which such messages may cost. */
  static final Set<String> IMESSAGE_KINDS = Set.of("bluebubbles", "sendblue");

  static final String REFUSED =
      "The first message must not hold a link: on iMessage lines that costs lines their good name. settings.firstMessageLinks permits it";

  /** With a scheme, or what a phone makes a link of: a name under a usual ending, or with a path. */
  private static final Pattern LINK = Pattern.compile(
      "(?i)https?://\\S|\\bwww\\.\\S|(?<![@\\w.-])[a-z0-9-]+(\\.[a-z0-9-]+)*\\.((com|net|org|info|biz|app|dev|xyz|shop|link)(?![\\w-])|[a-z]{2,}/\\S)");

  private Links() {}

  static boolean in(String text) {
    return LINK.matcher(text).find();
  }
}
