package tuco.audit;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Iterator;
import java.util.TreeSet;

/**
 * JSON in one form only, so that equal content has equal bytes: RFC 8785 (names sorted, no white space, shortest
 * escapes), for the texts, whole numbers, truth values and nulls that an audit entry is made of.
 */
final class Canonical {
  private Canonical() {}

  /**
   * The one text of this tree.
   *
   * @throws IllegalArgumentException for a fraction, whose text would be a matter of taste
   */
  static String text(JsonNode tree) {
    StringBuilder out = new StringBuilder();
    write(tree, out);
    return out.toString();
  }

  private static void write(JsonNode node, StringBuilder out) {
    switch (node.getNodeType()) {
      case OBJECT -> object(node, out);
      case ARRAY -> array(node, out);
      case STRING -> string(node.textValue(), out);
      case NUMBER -> {
        if (!node.isIntegralNumber()) {
          throw new IllegalArgumentException("an audit entry holds whole numbers only");
        }
        out.append(node.bigIntegerValue());
      }
      case BOOLEAN, NULL -> out.append(node.asText());
      case BINARY, MISSING, POJO -> throw new IllegalArgumentException("an audit entry holds no " + node.getNodeType());
    }
  }

  private static void object(JsonNode node, StringBuilder out) {
    TreeSet<String> names = new TreeSet<>();
    node.fieldNames().forEachRemaining(names::add);
    String separator = "{";
    for (String name : names) {
      out.append(separator);
      string(name, out);
      out.append(':');
      write(node.get(name), out);
      separator = ",";
    }
    out.append(names.isEmpty() ? "{}" : "}");
  }

  private static void array(JsonNode node, StringBuilder out) {
    out.append('[');
    for (Iterator<JsonNode> elements = node.elements(); elements.hasNext();) {
      write(elements.next(), out);
      out.append(elements.hasNext() ? "," : "");
    }
    out.append(']');
  }

  private static void string(String text, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean pair = Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1));
      if (pair) {
        out.append(c).append(text.charAt(++i));
      } else if (c == 0 || Character.isSurrogate(c)) {
        out.append('\uFFFD'); // Neither PostgreSQL's text nor UTF-8 can hold these.
      } else {
        character(c, out);
      }
    }
    out.append('"');
  }

  private static void character(char c, StringBuilder out) {
    switch (c) {
      case '"' -> out.append("\\\"");
      case '\\' -> out.append("\\\\");
      case '\b' -> out.append("\\b");
      case '\t' -> out.append("\\t");
      case '\n' -> out.append("\\n");
      case '\f' -> out.append("\\f");
      case '\r' -> out.append("\\r");
      default -> {
        if (c < ' ') {
          out.append(String.format("\\u%04x", (int) c));
        } else {
          out.append(c);
        }
      }
    }
  }
}
