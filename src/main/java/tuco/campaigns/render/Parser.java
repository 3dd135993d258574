package tuco.campaigns.render;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads a text once, from left to right and never back, so that a hostile one costs no more than its length.
 *
 * <p>What cannot be read stays text and becomes a fault. A run of backslashes means something only before a brace or,
 * inside braces, a bar: every two are one, an odd one makes that character text. Elsewhere backslashes are text.
 */
final class Parser {
  static final int DEPTH_MAX = 8;
  static final int OPTIONS_MAX = 100;
  static final int NAME_MAX = 100;
  private static final int FAULTS_MAX = 50;
  private static final String SPIN = "spin:";

  private final String source;
  private final Predicate<String> names;
  private final List<Fault> faults = new ArrayList<>();
  private int at;
  private int spins;

  Parser(String source, Predicate<String> names) {
    this.source = source;
    this.names = names;
  }

  /** What a run of text lies in, which decides where it ends. */
  private enum In { TEXT, FALLBACK, OPTION }

  List<Fault> faults() {
    return List.copyOf(faults);
  }

  List<Node> parse() {
    return run(In.TEXT, false, 0);
  }

  /** Reads up to the end of the option, fallback or text; leaves the character that ends it. */
  private List<Node> run(In in, boolean twin, int depth) {
    List<Node> nodes = new ArrayList<>();
    StringBuilder literal = new StringBuilder();
    boolean barred = false;
    while (at < source.length()) {
      char c = source.charAt(at);
      if (c == '\\') {
        escape(literal, in);
      } else if (c == '{') {
        flush(literal, nodes);
        nodes.add(braces(depth));
      } else if (c == '}' && in != In.TEXT && closes(twin)) {
        break;
      } else if (c == '|' && in == In.OPTION) {
        break;
      } else {
        if (c == '}') {
          fault(at, "This } closes nothing. Write \\} for a brace that is sent.");
        } else if (c == '|' && in == In.FALLBACK && !barred) {
          barred = true;
          fault(at, "A placeholder has one fallback. Write \\| for a bar that is sent, or {spin:a|b} to choose between wordings.");
        }
        literal.append(c);
        at++;
      }
    }
    flush(literal, nodes);
    return joined(nodes);
  }

  private void escape(StringBuilder literal, In in) {
    int start = at;
    while (at < source.length() && source.charAt(at) == '\\') {
      at++;
    }
    int count = at - start;
    char next = at < source.length() ? source.charAt(at) : ' ';
    if (next == '{' || next == '}' || next == '|' && in != In.TEXT) {
      literal.repeat('\\', count / 2);
      if (count % 2 == 1) {
        literal.append(next);
        at++;
      }
    } else {
      literal.repeat('\\', count);
    }
  }

  private Node braces(int depth) {
    int start = at;
    boolean twin = source.startsWith("{{", at);
    int inside = start + (twin ? 2 : 1);
    if (depth == DEPTH_MAX) {
      fault(start, "Braces may lie in one another at most " + DEPTH_MAX + " deep.");
      at++;
      return new Node.Literal("{");
    }
    int word = skipSpace(inside);
    if (source.regionMatches(true, word, SPIN, 0, SPIN.length())) {
      at = word + SPIN.length();
      return spin(start, twin, depth);
    }
    return placeholder(start, inside, twin, depth);
  }

  private Node spin(int start, boolean twin, int depth) {
    int ordinal = spins++;
    List<List<Node>> options = new ArrayList<>();
    options.add(run(In.OPTION, twin, depth + 1));
    while (at < source.length() && source.charAt(at) == '|') {
      at++;
      options.add(run(In.OPTION, twin, depth + 1));
    }
    if (at == source.length()) {
      return unclosed(start);
    }
    at += twin ? 2 : 1;
    if (options.size() == 1 && options.getFirst().isEmpty()) {
      fault(start, "This {spin:…} has no wording to choose from.");
    } else if (options.size() > OPTIONS_MAX) {
      fault(start, "A {spin:…} may have at most " + OPTIONS_MAX + " wordings.");
    }
    return new Node.Spin(List.copyOf(options), ordinal);
  }

  private Node placeholder(int start, int inside, boolean twin, int depth) {
    int end = inside;
    while (end < source.length() && end - inside <= NAME_MAX && isOfName(source.charAt(end))) {
      end++;
    }
    char stop = end < source.length() ? source.charAt(end) : ' ';
    String name = source.substring(inside, end).strip();
    if (stop != '}' && stop != '|') {
      fault(start, "This { is never closed. Write \\{ for a brace that is sent.");
      return stays(start, inside);
    }
    if (name.isEmpty()) {
      fault(start, "A placeholder needs a name, for example {firstName}. Write \\{ for a brace that is sent.");
      return stays(start, end);
    }
    if (!names.test(name)) {
      return stays(start, end);
    }
    at = end;
    if (stop == '}') {
      if (twin && !closes(true)) {
        fault(start, "{{" + name + "} is opened by two braces and closed by one.");
        return stays(start, end + 1);
      }
      at += twin ? 2 : 1;
      return new Node.Placeholder(name, null, start);
    }
    at++;
    List<Node> fallback = trimmed(run(In.FALLBACK, twin, depth + 1));
    if (at == source.length()) {
      return unclosed(start);
    }
    at += twin ? 2 : 1;
    return new Node.Placeholder(name, fallback, start);
  }

  private static boolean isOfName(char c) {
    return c != '{' && c != '}' && c != '|' && c != '\\' && !Character.isISOControl(c);
  }

  private boolean closes(boolean twin) {
    return source.startsWith(twin ? "}}" : "}", at);
  }

  /** This much is text after all. */
  private Node stays(int start, int end) {
    at = end;
    return new Node.Literal(source.substring(start, end));
  }

  /** The text ended within braces: all from the outermost of them on stays text. */
  private Node unclosed(int start) {
    fault(start, "This { is never closed. Write \\{ for a brace that is sent.");
    return stays(start, source.length());
  }

  private int skipSpace(int from) {
    int place = from;
    while (place < source.length() && place - from <= NAME_MAX && Character.isWhitespace(source.charAt(place))) {
      place++;
    }
    return place;
  }

  private void fault(int position, String message) {
    if (faults.size() < FAULTS_MAX) {
      faults.add(Fault.at(position, message));
    }
  }

  private static void flush(StringBuilder literal, List<Node> nodes) {
    if (!literal.isEmpty()) {
      nodes.add(new Node.Literal(literal.toString()));
      literal.setLength(0);
    }
  }

  /** Texts that stand side by side become one, so that equal texts have equal parts. */
  private static List<Node> joined(List<Node> nodes) {
    List<Node> joined = new ArrayList<>();
    StringBuilder literal = new StringBuilder();
    for (Node node : nodes) {
      if (node instanceof Node.Literal(String text)) {
        literal.append(text);
      } else {
        flush(literal, joined);
        joined.add(node);
      }
    }
    flush(literal, joined);
    return List.copyOf(joined);
  }

  /** A fallback without the space at its edges: { firstName | there } means {firstName|there}. */
  private static List<Node> trimmed(List<Node> nodes) {
    List<@Nullable Node> trimmed = new ArrayList<>(nodes);
    if (!trimmed.isEmpty() && trimmed.getFirst() instanceof Node.Literal(String text)) {
      trimmed.set(0, literalOrNothing(text.stripLeading()));
    }
    if (!trimmed.isEmpty() && trimmed.getLast() instanceof Node.Literal(String text)) {
      trimmed.set(trimmed.size() - 1, literalOrNothing(text.stripTrailing()));
    }
    List<Node> kept = new ArrayList<>();
    for (@Nullable Node node : trimmed) {
      if (node != null) {
        kept.add(node);
      }
    }
    return List.copyOf(kept);
  }

  private static @Nullable Node literalOrNothing(String text) {
    return text.isEmpty() ? null : new Node.Literal(text);
  }
}
