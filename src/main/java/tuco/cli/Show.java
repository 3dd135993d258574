package tuco.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import tuco.http.Json;

/** Answers for people: tables and lists of fields; or the answer itself, for programs. */
final class Show {
  private Show() {}

  /**
   * Prints a table, or the whole answer as one line when the caller wants JSON.
   *
   * @param rows where the array is, as a JSON pointer
   * @param columns field names in the rows
   */
  static int table(CommandSpec spec, Remote remote, JsonNode answer, String rows, String... columns) {
    return table(spec, remote.json(), answer, rows, columns);
  }

  /** As {@link #table(CommandSpec, Remote, JsonNode, String, String...)}, for an answer that is not the API's. */
  static int table(CommandSpec spec, boolean json, JsonNode answer, String rows, String... columns) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.text(answer));
      return 0;
    }
    List<String[]> lines = new ArrayList<>();
    String[] head = new String[columns.length];
    for (int i = 0; i < columns.length; i++) {
      head[i] = columns[i].equals("_id") ? "id" : columns[i];
    }
    lines.add(head);
    for (JsonNode row : answer.at(rows)) {
      String[] cells = new String[columns.length];
      for (int i = 0; i < columns.length; i++) {
        cells[i] = word(row.path(columns[i]));
      }
      lines.add(cells);
    }
    int[] widths = new int[columns.length];
    lines.forEach(line -> {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], line[i].length());
      }
    });
    for (String[] line : lines) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < line.length; i++) {
        text.append(line[i]).repeat(' ', widths[i] - line[i].length() + 2);
      }
      out.println(text.toString().stripTrailing());
    }
    if (lines.size() == 1) {
      out.println("(none)");
    }
    return 0;
  }

  /** Prints the fields of an object, or the whole answer as one line when the caller wants JSON. */
  static int fields(CommandSpec spec, Remote remote, JsonNode answer, String... names) {
    return fields(spec, remote.json(), answer, names);
  }

  /** As {@link #fields(CommandSpec, Remote, JsonNode, String...)}, for an answer that is not the API's. */
  static int fields(CommandSpec spec, boolean json, JsonNode answer, String... names) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.text(answer));
      return 0;
    }
    for (String name : names) {
      JsonNode value = answer.at(name);
      if (!value.isMissingNode() && !value.isNull()) {
        String label = name.substring(name.lastIndexOf('/') + 1);
        out.println("%-16s %s".formatted(label.equals("_id") ? "id" : label, word(value)));
      }
    }
    return 0;
  }

  private static String word(JsonNode value) {
    if (value.isMissingNode() || value.isNull()) {
      return "-";
    }
    if (value.isArray()) {
      List<String> words = new ArrayList<>();
      value.forEach(one -> words.add(one.asText()));
      return words.isEmpty() ? "-" : String.join(", ", words);
    }
    return value.asText();
  }
}
