package tuco.leads;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tuco.http.Body;
import tuco.http.Json;

/** One line of a file on its way to a lead; collects what is wrong with it. */
final class CsvRow {
  private final CsvMapping mapping;
  private final Phones phones;
  private final NewLead.Defaults defaults;
  private final @Nullable String[] texts = new String[LeadFields.TEXTS.size()];
  private final @Nullable String[] addresses = new String[LeadFields.ADDRESSES.size()];
  private final ObjectNode custom = Json.object();
  private final List<Fault> faults = new ArrayList<>();
  private List<String> tags = List.of();
  private @Nullable String owner;

  /** What is wrong in which column; an empty column stands for the whole line. */
  record Fault(String column, String message) {}

  private CsvRow(CsvMapping mapping, Phones phones, NewLead.Defaults defaults) {
    this.mapping = mapping;
    this.phones = phones;
    this.defaults = defaults;
  }

  /** The lead a line stands for, or null and its faults. */
  record Read(@Nullable NewLead lead, List<Fault> faults) {}

  static Read read(List<String> cells, CsvMapping mapping, Phones phones, NewLead.Defaults defaults) {
    CsvRow row = new CsvRow(mapping, phones, defaults);
    for (int i = 0; i < Math.min(cells.size(), mapping.size()); i++) {
      row.cell(i, cells.get(i));
    }
    if (cells.size() > mapping.size()) {
      row.fault("", "The line has " + cells.size() + " cells, the header " + mapping.size());
    } else if (row.faults.isEmpty() && !NewLead.hasAddress(row.addresses)) {
      row.fault("", "Either email or phone is required");
    }
    if (!row.faults.isEmpty()) {
      return new Read(null, row.faults);
    }
    String fields = row.custom.isEmpty() ? "{}" : Json.text(row.custom);
    if (fields.length() > LeadFields.CUSTOM_MAX) {
      row.fault("", "The custom fields of a line may have at most " + LeadFields.CUSTOM_MAX + " characters");
      return new Read(null, row.faults);
    }
    return new Read(
        new NewLead(row.texts, row.addresses, fields, row.tags, row.owner).with(defaults), row.faults);
  }

  private void fault(String column, String message) {
    faults.add(new Fault(column, message));
  }

  private void cell(int at, String raw) {
    String value = unguarded(raw.strip());
    if (value.isEmpty()) {
      return;
    }
    String column = mapping.column(at);
    if (!Body.storable(value)) {
      fault(column, "contains a character that is not allowed (U+0000 or half of a surrogate pair)");
      return;
    }
    if (value.indexOf('\uFFFD') >= 0) {
      fault(column, "is not in the file's encoding; save the file as UTF-8, or say encoding=windows-1252");
      return;
    }
    switch (mapping.target(at)) {
      case CsvMapping.Target.Text text -> text(column, text.place(), value);
      case CsvMapping.Target.Address address -> address(column, address.place(), value);
      case CsvMapping.Target.Name name -> name(column, value);
      case CsvMapping.Target.Tags ignored -> tags(column, value);
      case CsvMapping.Target.Owner ignored -> owner = value;
      case CsvMapping.Target.Custom field -> custom.put(field.key(), value);
      case CsvMapping.Target.Skip ignored -> { }
    }
  }

  /** Our export writes an apostrophe before what a spreadsheet would take for a formula. */
  private static String unguarded(String value) {
    return value.length() > 1 && value.charAt(0) == '\'' && "=+-@".indexOf(value.charAt(1)) >= 0
        ? value.substring(1)
        : value;
  }

  private void text(String column, int place, String value) {
    LeadFields.Text field = LeadFields.TEXTS.get(place);
    if (value.length() > field.max()) {
      fault(column, field.name() + " must have at most " + field.max() + " characters"
          + (value.indexOf('\n') < 0 ? "" : "; it goes over several lines: is a quotation mark not closed?"));
      return;
    }
    String wrong = LeadFields.wrong(field, value);
    if (wrong != null) {
      fault(column, wrong);
    } else {
      texts[place] = LeadFields.stored(field, value);
    }
  }

  private void address(String column, int place, String value) {
    LeadFields.Address field = LeadFields.ADDRESSES.get(place);
    String address = field.phone() ? phones.normalise(value, defaults.region()) : Emails.normalise(value);
    if (address == null) {
      fault(column, LeadFields.wrong(field));
    } else {
      addresses[place] = NewLead.once(address, addresses);
    }
  }

  private void name(String column, String value) {
    int space = value.indexOf(' ');
    text(column, 0, space < 0 ? value : value.substring(0, space));
    if (space > 0) {
      text(column, 1, value.substring(space + 1).strip());
    }
  }

  private void tags(String column, String value) {
    List<String> split = new ArrayList<>();
    for (String part : value.split("[,;]")) {
      String tag = part.strip();
      if (!tag.isEmpty() && !split.contains(tag)) {
        split.add(tag);
      }
    }
    if (split.size() > LeadFields.TAGS_MAX
        || split.stream().anyMatch(tag -> tag.length() > LeadFields.TAG_LENGTH || tag.chars().anyMatch(Character::isISOControl))) {
      fault(column, "a line may have " + LeadFields.TAGS_MAX + " tags of " + LeadFields.TAG_LENGTH + " printable characters");
    }
    tags = split;
  }
}
