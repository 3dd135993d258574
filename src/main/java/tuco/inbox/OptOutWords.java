package tuco.inbox;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tuco.db.Tx;

/**
 * The words people opt out, opt in and ask for help with, in any case, with any punctuation and with or without accents
 * (decisions 5.7). A word counts when it is the whole message. Those of each language are data, in
 * {@code rules/opt-out-words.csv}; they always count, and a workspace can only add.
 */
final class OptOutWords {
  private static final String FILE = "/rules/opt-out-words.csv";

  /** A word of the file. */
  private record Word(String language, String kind, String text) {}

  private static final List<Word> WORDS = read();

  /** What opts out, the contract's and those the FCC names first (47 CFR 64.1200(a)(10)). */
  static final List<String> ALWAYS = kind("out");

  /** What takes an opt-out by word back. */
  static final List<String> OPT_IN = kind("in");

  /** What is answered with who writes here, and how to stop it. */
  static final List<String> HELP = kind("help");

  private static final Pattern APOSTROPHES = Pattern.compile("['\u2019\u02bc`]");
  private static final Pattern ACCENTS = Pattern.compile("[\\u0300-\\u036f]");
  private static final Pattern NO_WORD = Pattern.compile("[^\\p{L}\\p{M}\\p{N}]+");

  private static final Set<String> OUT_FOLDED = folded(ALWAYS);
  private static final Set<String> IN_FOLDED = folded(OPT_IN);
  private static final Set<String> HELP_FOLDED = folded(HELP);
  private static final Set<String> MAYBE_FOLDED = folded(kind("maybe"));

  /** Wording that may well mean the same, for a person to look at (connectors, section 5). */
  private static final Pattern PERHAPS = Pattern.compile(
      "\\b(STOP (TEXTING|MESSAGING|CONTACTING|CALLING|E ?MAILING|MAILING|WRITING|SENDING|BOTHERING|SPAMMING|THIS|IT|NOW)"
          + "|UNSUBSCRIBE|OPT (ME )?OUT|REMOVE (ME|MY)|TAKE (ME|MY \\w+) OFF"
          + "|(DO NOT|DONT|NEVER) (CONTACT|TEXT|MESSAGE|E ?MAIL|CALL|WRITE)|NO MORE (TEXTS|MESSAGES|E ?MAILS|MAILS)"
          + "|LEAVE ME ALONE)\\b|^STOP (?!BY\\b|IN\\b|OVER\\b|AT\\b)|(?<!\\b(NOT|DONT|CANT|WONT|BUS|PIT)) STOP$");

  private OptOutWords() {}

  private static List<Word> read() {
    try (InputStream in = Objects.requireNonNull(OptOutWords.class.getResourceAsStream(FILE), FILE)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().filter(line -> !line.startsWith("#"))
          .map(line -> line.split(",", 3)).map(cells -> new Word(cells[0], cells[1], cells[2])).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(FILE, e);
    }
  }

  private static List<String> kind(String kind) {
    return WORDS.stream().filter(word -> word.kind.equals(kind)).map(Word::text).distinct().toList();
  }

  /** The opt-out words of each language. */
  static Map<String, List<String>> byLanguage() {
    return WORDS.stream().filter(word -> word.kind.equals("out"))
        .collect(Collectors.groupingBy(Word::language, LinkedHashMap::new, Collectors.mapping(Word::text, Collectors.toList())));
  }

  private static Set<String> folded(List<String> words) {
    return words.stream().map(OptOutWords::folded).collect(Collectors.toUnmodifiableSet());
  }

  /** Letters and digits in upper case, one space between words; accents do not count. */
  static String folded(String text) {
    String plain = ACCENTS.matcher(Normalizer.normalize(APOSTROPHES.matcher(text).replaceAll(""), Normalizer.Form.NFKD)).replaceAll("");
    return NO_WORD.matcher(plain.toUpperCase(Locale.ROOT)).replaceAll(" ").strip();
  }

  /** What the workspace has added. */
  static List<String> own(Tx tx, UUID workspace) {
    return tx.query("select unnest(words) from opt_out_words where workspace_id = :workspace")
        .bind("workspace", workspace).mapTo(String.class).list();
  }

  /** What a person's message is: an opt-out, an opt-in, or any reply. */
  static Nature natureOf(Tx tx, UUID workspace, Inbound inbound) {
    Set<String> words = new HashSet<>(OUT_FOLDED);
    own(tx, workspace).forEach(word -> words.add(folded(word)));
    List<String> said = said(inbound.text(), inbound.subject(), inbound.sender().indexOf('@') >= 0);
    if (said.stream().anyMatch(words::contains)) {
      return Nature.OPT_OUT;
    }
    return IN_FOLDED.contains(said.getFirst()) ? Nature.OPT_IN : Nature.REPLY;
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

  /** Whether the message asks who writes here. */
  static boolean asksForHelp(String text) {
    return HELP_FOLDED.contains(folded(text));
  }

  /** Whether a person should look whether this is an opt-out in other words. */
  static boolean perhaps(String text) {
    String folded = folded(text);
    String padded = " " + folded + " ";
    return PERHAPS.matcher(folded).find() || MAYBE_FOLDED.stream().anyMatch(phrase -> padded.contains(" " + phrase + " "));
  }
}
