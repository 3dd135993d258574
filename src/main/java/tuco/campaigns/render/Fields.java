package tuco.campaigns.render;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The names a placeholder may have: the built-in ones (contract 6.6), also in other spellings of theirs such as
 * {@code {first_name}} or {@code {company}}, and the workspace's custom fields by their exact names.
 *
 * <p>A built-in name comes before a custom field of that name, and a custom field before another spelling.
 */
public final class Fields {
  /**
   * A built-in name.
   *
   * @param label what people call it
   * @param sample what stands for it where no lead is at hand
   * @param spellings others, in the form of {@link #plain}
   */
  public record Field(String name, String label, String sample, List<String> spellings) {}

  private static final String LINE_NAME = "line_name";
  private static final String FULL_NAME = "fullName";

  private static final List<Field> BUILT_IN = List.of(
      new Field("firstName", "First name", "Ada", List.of("first", "name", "givenname")),
      new Field("lastName", "Last name", "Lovelace", List.of("last", "surname", "familyname")),
      new Field(FULL_NAME, "Full name", "Ada Lovelace", List.of()),
      new Field("companyName", "Company", "Example Ltd", List.of("company", "organization", "organisation")),
      new Field("jobTitle", "Job title", "Engineer", List.of("title", "job", "position")),
      new Field("email", "E-mail", "ada@example.com", List.of("emailaddress", "mail")),
      new Field("phone", "Phone", "+12025550150", List.of("phonenumber", "mobile")),
      new Field("linkedinUrl", "LinkedIn", "https://linkedin.example.com/in/ada", List.of("linkedin")),
      new Field("notes", "Notes", "met at the fair", List.of("note")),
      new Field("source", "Source", "csv", List.of()),
      new Field("externalId", "External id", "A-1001", List.of()),
      new Field("timezone", "Time zone", "America/New_York", List.of()),
      new Field("contactOwnerEmail", "Owner's e-mail", "sam@example.com", List.of("owneremail", "owner")),
      new Field(LINE_NAME, "Name of the line", "Sam", List.of("line", "sendername", "sender")));

  private static final Map<String, Field> BY_NAME = new HashMap<>();
  private static final Map<String, Field> BY_SPELLING = new HashMap<>();

  static {
    for (Field field : BUILT_IN) {
      BY_NAME.put(field.name(), field);
      BY_SPELLING.put(plain(field.name()), field);
      field.spellings().forEach(spelling -> BY_SPELLING.put(spelling, field));
    }
  }

  private Fields() {}

  /** All built-in names, in the order people are offered them. */
  public static List<Field> builtIn() {
    return BUILT_IN;
  }

  /**
   * The values of one lead.
   *
   * @param lead as the API shows it (contract 5.1)
   * @param lineName of the line that will send, null when it is not known
   */
  public static Function<String, @Nullable String> of(JsonNode lead, @Nullable String lineName) {
    return name -> {
      Field field = BY_NAME.get(name);
      if (field == null) {
        String own = text(lead.path("customFields").path(name));
        field = own == null ? BY_SPELLING.get(plain(name)) : null;
        if (field == null) {
          return own;
        }
      }
      return switch (field.name()) {
        case LINE_NAME -> lineName;
        case FULL_NAME -> (lead.path("firstName").asText("") + " " + lead.path("lastName").asText("")).strip();
        default -> text(lead.path(field.name()));
      };
    };
  }

  /** A value as people read it: texts, numbers, yes or no, and lists of these; null for anything else. */
  static @Nullable String text(JsonNode value) {
    if (value.isNumber()) {
      // Written out, 1e999999 would fill the memory.
      return Math.abs(value.decimalValue().scale()) < 100 ? value.decimalValue().toPlainString() : value.asText();
    }
    if (value.isArray()) {
      List<String> parts = new ArrayList<>();
      for (JsonNode part : value) {
        String text = part.isArray() ? null : text(part);
        if (text != null) {
          parts.add(text);
        }
      }
      return parts.isEmpty() ? null : String.join(", ", parts);
    }
    return value.isTextual() || value.isBoolean() ? value.asText() : null;
  }

  static boolean isKnown(String name, Set<String> customFields) {
    return BY_NAME.containsKey(name) || customFields.contains(name) || BY_SPELLING.containsKey(plain(name));
  }

  /** The fault of a name nobody knows, with the nearest one that somebody does. */
  static Fault unknown(String name, int position, Set<String> customFields) {
    if (plain(name).equals("spin")) {
      return new Fault(position, "Write {spin:Hi|Hello} to choose between wordings.", name, "spin:");
    }
    String nearest = nearest(name, customFields);
    String hint = nearest == null ? "" : " Did you mean {" + nearest + "}?";
    return new Fault(position, "No lead has a field called {" + name + "}." + hint, name, nearest);
  }

  private static @Nullable String nearest(String name, Set<String> customFields) {
    List<String> names = new ArrayList<>(BY_NAME.keySet());
    names.addAll(customFields);
    names.sort(null);
    String wanted = plain(name);
    String nearest = null;
    // A third of the letters may be wrong: more is another word.
    int least = Math.max(1, wanted.length() / 3) + 1;
    for (String candidate : names) {
      String other = plain(candidate);
      if (Math.abs(other.length() - wanted.length()) < least && distance(wanted, other) < least) {
        least = distance(wanted, other);
        nearest = candidate;
      }
    }
    return nearest;
  }

  /** Letters and digits in lower case: first_name, First Name and firstName are one. */
  static String plain(String name) {
    StringBuilder plain = new StringBuilder();
    name.toLowerCase(Locale.ROOT).codePoints().filter(Character::isLetterOrDigit).forEach(plain::appendCodePoint);
    return plain.toString();
  }

  /** How many letters must be changed, added or taken away (Levenshtein). */
  private static int distance(String from, String to) {
    int[] row = new int[to.length() + 1];
    for (int j = 0; j <= to.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int above = row[j];
        int changed = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(changed, Math.min(above, row[j - 1]) + 1);
        diagonal = above;
      }
    }
    return row[to.length()];
  }
}
