package tuco.leads;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tuco.http.Json;
import tuco.http.Problem;

/**
 * Which column of a file is what. Columns are recognised by their names, whatever the case and the spaces; a client's
 * mapping goes first; what is nothing we know becomes a custom field (contract 5.3).
 */
final class CsvMapping {
  private static final Map<String, String> OTHER_NAMES = Map.ofEntries(
      Map.entry("emailaddress", "email"), Map.entry("mail", "email"), Map.entry("phonenumber", "phone"),
      Map.entry("mobile", "phone"), Map.entry("mobilephone", "phone"), Map.entry("cell", "phone"),
      Map.entry("telephone", "phone"), Map.entry("company", "companyName"), Map.entry("organization", "companyName"),
      Map.entry("title", "jobTitle"), Map.entry("linkedin", "linkedinUrl"), Map.entry("owner", "contactOwnerEmail"),
      Map.entry("fullname", "name"), Map.entry("firstname", "firstName"), Map.entry("givenname", "firstName"),
      Map.entry("surname", "lastName"), Map.entry("familyname", "lastName"));

  /** What a column is. */
  sealed interface Target {
    /** A field of plain text. */
    record Text(int place) implements Target {}

    /** A phone number or an e-mail address. */
    record Address(int place) implements Target {}

    /** First and last name in one, split at the first space. */
    record Name() implements Target {}

    /** Labels, separated by commas or semicolons. */
    record Tags() implements Target {}

    /** The owner's e-mail address. */
    record Owner() implements Target {}

    /** A custom field. */
    record Custom(String key) implements Target {}

    /** Left out. */
    record Skip() implements Target {}
  }

  private final List<String> columns;
  private final List<Target> targets;

  private CsvMapping(List<String> columns, List<Target> targets) {
    this.columns = columns;
    this.targets = targets;
  }

  /**
   * The mapping of a file with this header.
   *
   * @param given column to field name; an empty name leaves the column out, {@code custom:key} names a custom field
   * @throws Problem 400 when the header or the mapping cannot be used
   */
  static CsvMapping of(List<String> header, JsonNode given) {
    List<Target> targets = new ArrayList<>();
    Set<Target> taken = new HashSet<>();
    for (String column : header) {
      Target target = given.has(column) ? named(column, given.get(column)) : guessed(column);
      if (!(target instanceof Target.Skip) && !taken.add(target)) {
        target = another(column.strip(), taken);
      }
      targets.add(target);
    }
    given.fieldNames().forEachRemaining(column -> {
      if (!header.contains(column)) {
        throw Problem.badField("mapping", "The file has no column " + column);
      }
    });
    return new CsvMapping(List.copyOf(header), List.copyOf(targets));
  }

  /** A second column of a name is kept beside the first, not over it. */
  private static Target another(String column, Set<Target> taken) {
    for (int n = 1; ; n++) {
      Target target = new Target.Custom(n == 1 ? column : column + " " + n);
      if (taken.add(target)) {
        return target;
      }
    }
  }

  private static Target named(String column, JsonNode field) {
    String name = field.isTextual() ? field.textValue().strip() : null;
    if (name == null) {
      throw Problem.badField("mapping", "mapping must be an object of column names and field names");
    }
    if (name.isEmpty()) {
      return new Target.Skip();
    }
    if (name.startsWith("custom:") && name.length() > 7) {
      return new Target.Custom(name.substring(7));
    }
    Target target = known(name);
    if (target == null) {
      throw Problem.badField("mapping", "Column " + column + " is mapped to " + name + ", which is no field of a lead");
    }
    return target;
  }

  private static Target guessed(String column) {
    String name = column.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}]", "");
    Target target = known(OTHER_NAMES.getOrDefault(name, name));
    return target != null ? target : column.isBlank() ? new Target.Skip() : new Target.Custom(column.strip());
  }

  private static @Nullable Target known(String name) {
    for (int i = 0; i < LeadFields.TEXTS.size(); i++) {
      if (LeadFields.TEXTS.get(i).name().equalsIgnoreCase(name)) {
        return new Target.Text(i);
      }
    }
    for (int i = 0; i < LeadFields.ADDRESSES.size(); i++) {
      if (LeadFields.ADDRESSES.get(i).name().equalsIgnoreCase(name)) {
        return new Target.Address(i);
      }
    }
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "name" -> new Target.Name();
      case "tags" -> new Target.Tags();
      case "contactowneremail" -> new Target.Owner();
      default -> null;
    };
  }

  /** Why no line of the file can become a lead; null when one can. */
  @Nullable String hopeless() {
    return targets.stream().anyMatch(Target.Address.class::isInstance) ? null
        : "No column holds a phone number or an e-mail address; call one phone or email, or name it in mapping";
  }

  int size() {
    return columns.size();
  }

  String column(int at) {
    return columns.get(at);
  }

  Target target(int at) {
    return targets.get(at);
  }

  /** The mapping for people. */
  ArrayNode json() {
    ArrayNode array = Json.array();
    for (int i = 0; i < columns.size(); i++) {
      ObjectNode entry = Json.object().put("column", columns.get(i));
      array.add(entry.put("field", switch (targets.get(i)) {
        case Target.Text text -> LeadFields.TEXTS.get(text.place()).name();
        case Target.Address address -> LeadFields.ADDRESSES.get(address.place()).name();
        case Target.Name name -> "name";
        case Target.Tags tags -> "tags";
        case Target.Owner owner -> "contactOwnerEmail";
        case Target.Custom custom -> "custom:" + custom.key();
        case Target.Skip skip -> "";
      }));
    }
    return array;
  }
}
