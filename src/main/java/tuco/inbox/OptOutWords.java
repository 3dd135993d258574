package tuco.inbox;

import java.text.Normalizer;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tuco.db.Tx;

/**
 * The words people opt out and in with, in any case and with any punctuation (decisions 5.7). A word counts when it is
 * the whole message.
 */
final class OptOutWords {
  /** The contract's and those the FCC names (47 CFR 64.1200(a)(10)). They always count; a workspace can only add. */
  static final List<String> ALWAYS = List.of(
      "STOP", "STOP ALL", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPT OUT", "OPTOUT",
      "REMOVE ME", "DO NOT CONTACT");

  /** What takes an opt-out by word back. */
  static final List<String> OPT_IN = List.of("START", "UNSTOP", "YES");

  private static final Pattern APOSTROPHES = Pattern.compile("['\u2019\u02bc`]");
  private static final Pattern NO_WORD = Pattern.compile("[^\\p{L}\\p{M}\\p{N}]+");

  /** Wording that may well mean the same, for a person to look at (connectors, section 5). */
  private static final Pattern PERHAPS = Pattern.compile(
      "\\b(STOP (TEXTING|MESSAGING|CONTACTING|CALLING|E ?MAILING|MAILING|WRITING|SENDING|BOTHERING|SPAMMING|THIS|IT|NOW)"
          + "|UNSUBSCRIBE|OPT (ME )?OUT|REMOVE (ME|MY)|TAKE (ME|MY \\w+) OFF"
          + "|(DO NOT|DONT|NEVER) (CONTACT|TEXT|MESSAGE|E ?MAIL|CALL|WRITE)|NO MORE (TEXTS|MESSAGES|E ?MAILS|MAILS)"
          + "|LEAVE ME ALONE)\\b");

  private OptOutWords() {}

  /** Letters and digits in upper case, one space between words. */
  static String folded(String text) {
    String plain = APOSTROPHES.matcher(Normalizer.normalize(text, Normalizer.Form.NFKC)).replaceAll("");
    return NO_WORD.matcher(plain.toUpperCase(Locale.ROOT)).replaceAll(" ").strip();
  }

  /** What the workspace has added. */
  static List<String> own(Tx tx, UUID workspace) {
    return tx.query("select unnest(words) from opt_out_words where workspace_id = :workspace")
        .bind("workspace", workspace).mapTo(String.class).list();
  }

  /** What a person's message is: an opt-out, an opt-in, or any reply. */
  static Nature natureOf(Tx tx, UUID workspace, Inbound inbound) {
    Set<String> words = new HashSet<>();
    Stream.concat(ALWAYS.stream(), own(tx, workspace).stream()).map(OptOutWords::folded).forEach(words::add);
    List<String> said = said(inbound.text(), inbound.subject(), inbound.sender().indexOf('@') >= 0);
    if (said.stream().anyMatch(words::contains)) {
      return Nature.OPT_OUT;
    }
    return OPT_IN.contains(said.getFirst()) ? Nature.OPT_IN : Nature.REPLY;
  }

  /**
   * What may be the one word: the whole text; in a mail also the line that stands alone above a signature, and the
   * subject of an empty one, which is what mail programs send for {@code mailto:} unsubscribing.
   */
  private static List<String> said(String text, @Nullable String subject, boolean mail) {
    String whole = folded(text);
    if (!mail) {
      return List.of(whole);
    }
    if (whole.isEmpty()) {
      return List.of(folded(subject == null ? "" : subject));
    }
    String[] lines = text.strip().split("\\R", 3);
    return lines.length < 3 || !lines[1].isBlank() ? List.of(whole) : List.of(whole, folded(lines[0]));
  }

  /** Whether a person should look whether this is an opt-out in other words. */
  static boolean perhaps(String text) {
    return PERHAPS.matcher(folded(text)).find();
  }
}
