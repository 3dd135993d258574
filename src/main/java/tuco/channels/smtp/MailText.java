package tuco.channels.smtp;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a person wrote in a mail, without the markup it came in and without what their program put below it. */
final class MailText {
  private static final Pattern UNSEEN = Pattern.compile("(?is)<(head|style|script|title)\\b.*?</\\1\\s*>|<!--.*?-->");
  private static final Pattern QUOTE = Pattern.compile("(?is)<blockquote\\b.*?>");
  private static final Pattern END = Pattern.compile("(?i)<br\\s*/?>|</(p|div|tr|h[1-6]|li|table|blockquote)\\s*>");
  private static final Pattern TAG = Pattern.compile("(?s)<[a-zA-Z/!][^>]*>");
  private static final Pattern ENTITY = Pattern.compile("&(#\\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});");
  private static final Map<String, String> ENTITIES = Map.ofEntries(
      Map.entry("amp", "&"), Map.entry("lt", "<"), Map.entry("gt", ">"), Map.entry("quot", "\""), Map.entry("apos", "'"),
      Map.entry("nbsp", " "), Map.entry("auml", "ä"), Map.entry("ouml", "ö"), Map.entry("uuml", "ü"), Map.entry("Auml", "Ä"),
      Map.entry("Ouml", "Ö"), Map.entry("Uuml", "Ü"), Map.entry("szlig", "ß"), Map.entry("eacute", "é"), Map.entry("egrave", "è"),
      Map.entry("agrave", "à"), Map.entry("ccedil", "ç"), Map.entry("ntilde", "ñ"), Map.entry("rsquo", "’"), Map.entry("lsquo", "‘"),
      Map.entry("ldquo", "“"), Map.entry("rdquo", "”"), Map.entry("ndash", "–"), Map.entry("mdash", "—"), Map.entry("hellip", "…"));

  /** What programs write above the mail they quote, in the languages that are met most. */
  private static final List<Pattern> ATTRIBUTIONS = List.of(
      Pattern.compile("(?s)(On|Am|Le|El|Il|Op|Em|Den|W dniu)\\b.{5,300}(wrote|schrieb|a écrit|escribió|ha scritto|schreef|escreveu|skrev|napisał(\\(a\\))?)\\b.{0,200}:\\s*"),
      Pattern.compile("-{2,}\\s*(Original Message|Ursprüngliche Nachricht|Message d'origine|Mensaje original|Forwarded message)\\s*-{2,}.*", Pattern.DOTALL),
      Pattern.compile("_{10,}\\s*"),
      Pattern.compile("(From|Von|De|Da|Van):\\s.+"));
  private static final Pattern HEADER = Pattern.compile("(Sent|Date|To|Subject|Gesendet|Datum|An|Betreff|Envoyé|À|Objet|Enviado|Para|Asunto):.*");
  private static final Pattern SIGNED = Pattern.compile("-- ?|(Sent from my|Get Outlook for|Von meinem|Gesendet von|Envoyé de mon|Enviado desde mi)\\b.{0,60}");

  private MailText() {}

  /** The words of an HTML mail; quoted blocks marked as plain mails mark them. */
  static String ofHtml(String html) {
    String text = UNSEEN.matcher(html).replaceAll(" ");
    text = text.replaceAll("[\\s\\u00a0]+", " ");
    text = QUOTE.matcher(text).replaceAll("\n> ");
    text = END.matcher(text).replaceAll("\n");
    text = TAG.matcher(text).replaceAll("");
    text = ENTITY.matcher(text).replaceAll(found -> Matcher.quoteReplacement(entity(found.group(1), found.group())));
    return text.replaceAll("[ \\t\\u00a0]*\\n[ \\t\\u00a0]*", "\n").replaceAll("\\n{3,}", "\n\n").strip();
  }

  private static String entity(String name, String otherwise) {
    if (!name.startsWith("#")) {
      return ENTITIES.getOrDefault(name, otherwise);
    }
    int point = name.length() > 1 && Character.toLowerCase(name.charAt(1)) == 'x'
        ? Integer.parseInt(name.substring(2), 16) : Integer.parseInt(name.substring(1));
    return Character.isValidCodePoint(point) ? Character.toString(point) : otherwise;
  }

  /** What is new in a text: without the quoted mail below it and without the signature. All of it when nothing would be left. */
  static String written(String whole) {
    String[] lines = whole.strip().split("\\R", -1);
    int end = quoteBegins(lines);
    for (int i = 0; i < end; i++) {
      if (i > 0 && SIGNED.matcher(lines[i].strip().isEmpty() ? lines[i] : lines[i].stripTrailing()).matches() && !lines[i].isEmpty()) {
        end = i;
      }
    }
    String written = String.join("\n", List.of(lines).subList(0, end)).strip();
    return written.isEmpty() ? whole.strip() : written;
  }

  /** The line from which on there is nothing but what somebody else wrote. */
  private static int quoteBegins(String[] lines) {
    for (int i = 0; i < lines.length; i++) {
      String line = lines[i].strip();
      if (line.startsWith(">") && onlyQuotedFrom(lines, i)) {
        return i;
      }
      String next = i + 1 < lines.length ? lines[i + 1].strip() : "";
      if (ATTRIBUTIONS.get(0).matcher(line).matches() || ATTRIBUTIONS.get(0).matcher(line + " " + next).matches()) {
        return interleaved(lines, i) ? lines.length : i;
      }
      boolean block = ATTRIBUTIONS.get(1).matcher(line).matches()
          || ATTRIBUTIONS.get(2).matcher(line).matches() && ATTRIBUTIONS.get(3).matcher(next).matches()
          || ATTRIBUTIONS.get(3).matcher(line).matches() && HEADER.matcher(next).matches();
      if (block) {
        return i;
      }
    }
    return lines.length;
  }

  private static boolean onlyQuotedFrom(String[] lines, int from) {
    for (int i = from; i < lines.length; i++) {
      if (!lines[i].isBlank() && !lines[i].strip().startsWith(">")) {
        return false;
      }
    }
    return true;
  }

  /** Whether somebody answered between the lines they quote: then all of it is what they wrote. */
  private static boolean interleaved(String[] lines, int attribution) {
    boolean quoted = false;
    for (int i = attribution + 1; i < lines.length; i++) {
      String line = lines[i].strip();
      quoted |= line.startsWith(">");
      if (quoted && !line.isEmpty() && !line.startsWith(">") && i + 1 < lines.length && !onlyQuotedFrom(lines, i + 1)
          && SIGNED.matcher(line).matches()) {
        return false;
      }
      if (quoted && !line.isEmpty() && !line.startsWith(">")) {
        return true;
      }
    }
    return false;
  }
}
