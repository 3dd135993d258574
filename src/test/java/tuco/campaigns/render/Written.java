package tuco.campaigns.render;

import java.util.List;

/** Writes parsed texts down again, in one form each. */
final class Written {
  private Written() {}

  static String of(List<Node> nodes) {
    return of(nodes, false);
  }

  private static String of(List<Node> nodes, boolean inBraces) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < nodes.size(); i++) {
      boolean bracesFollow = inBraces || i < nodes.size() - 1;
      switch (nodes.get(i)) {
        case Node.Literal(String literal) -> text.append(escaped(literal, inBraces, bracesFollow));
        case Node.Placeholder(String name, List<Node> fallback, int _) ->
            text.append('{').append(name).append(fallback == null ? "" : "|" + of(fallback, true)).append('}');
        case Node.Spin(List<List<Node>> options, int _) ->
            text.append("{spin:").append(String.join("|", options.stream().map(option -> of(option, true)).toList())).append('}');
      }
    }
    return text.toString();
  }

  private static String escaped(String literal, boolean inBraces, boolean bracesFollow) {
    StringBuilder text = new StringBuilder();
    int i = 0;
    while (i < literal.length()) {
      int run = i;
      while (run < literal.length() && literal.charAt(run) == '\\') {
        run++;
      }
      boolean atEnd = run == literal.length();
      boolean special = !atEnd && ("{}".indexOf(literal.charAt(run)) >= 0 || inBraces && literal.charAt(run) == '|');
      text.repeat('\\', special || atEnd && bracesFollow ? 2 * (run - i) : run - i);
      if (special) {
        text.append('\\');
      }
      if (!atEnd) {
        text.append(literal.charAt(run));
      }
      i = run + 1;
    }
    return text.toString();
  }
}
