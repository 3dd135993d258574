package tuco.campaigns.render;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a text without faults renders to, said a second time and apart from the parser: by cutting the text into pieces
 * again and again, with no thought of time.
 */
final class NaiveRendering {
  private static final Pattern SPIN_OPENS = Pattern.compile("(\\\\*)\\{\\s*spin:", Pattern.CASE_INSENSITIVE);

  private final String whole;
  private final Map<String, String> values;
  private final long seed;

  NaiveRendering(String whole, Map<String, String> values, long seed) {
    this.whole = whole;
    this.values = values;
    this.seed = seed;
  }

  String text() {
    return part(0, whole.length(), false);
  }

  private String part(int from, int to, boolean inBraces) {
    StringBuilder out = new StringBuilder();
    int i = from;
    while (i < to) {
      if (isBrace(i, '{')) {
        int end = endOf(i);
        out.append(hole(i, end));
        i = end;
      } else if (whole.charAt(i) == '\\') {
        int run = i;
        while (run < to && whole.charAt(run) == '\\') {
          run++;
        }
        // Also what follows the part counts: it is the brace or bar that ends it.
        char next = run < whole.length() ? whole.charAt(run) : 'x';
        boolean counts = next == '{' || next == '}' || next == '|' && inBraces;
        out.append("\\".repeat(counts ? (run - i) / 2 : run - i));
        if (counts && (run - i) % 2 == 1) {
          out.append(next);
          run++;
        }
        i = run;
      } else {
        out.append(whole.charAt(i));
        i++;
      }
    }
    return out.toString();
  }

  private String hole(int start, int end) {
    int width = whole.startsWith("{{", start) ? 2 : 1;
    int from = start + width;
    int to = end - width;
    if (whole.substring(from, to).strip().regionMatches(true, 0, "spin:", 0, 5)) {
      int colon = whole.indexOf(':', from) + 1;
      List<int[]> options = cut(colon, to);
      int[] option = options.get(Choice.option(seed, spinsBefore(start), options.size()));
      return part(option[0], option[1], true);
    }
    List<int[]> pieces = cut(from, to);
    String value = values.getOrDefault(whole.substring(pieces.get(0)[0], pieces.get(0)[1]).strip(), "");
    if (!value.isBlank()) {
      return value.strip();
    }
    if (pieces.size() == 1) {
      return "";
    }
    int a = pieces.get(1)[0];
    int b = to;
    while (a < b && Character.isWhitespace(whole.charAt(a))) {
      a++;
    }
    while (b > a && Character.isWhitespace(whole.charAt(b - 1))) {
      b--;
    }
    return part(a, b, true);
  }

  private int spinsBefore(int position) {
    int count = 0;
    Matcher opens = SPIN_OPENS.matcher(whole);
    while (opens.find() && opens.end(1) <= position) {
      boolean twin = opens.end(1) > 0 && isBrace(opens.end(1) - 1, '{');
      int brace = twin ? opens.end(1) - 1 : opens.end(1);
      count += opens.group(1).length() % 2 == 0 && brace < position ? 1 : 0;
    }
    return count;
  }

  /** The pieces between the bars that belong to these braces. */
  private List<int[]> cut(int from, int to) {
    List<int[]> pieces = new ArrayList<>();
    int begin = from;
    int i = from;
    while (i < to) {
      if (isBrace(i, '{')) {
        i = endOf(i);
      } else if (isBrace(i, '|')) {
        pieces.add(new int[] {begin, i});
        i++;
        begin = i;
      } else {
        i++;
      }
    }
    pieces.add(new int[] {begin, to});
    return pieces;
  }

  /** Behind the braces that open here. */
  private int endOf(int start) {
    int width = whole.startsWith("{{", start) ? 2 : 1;
    int i = start + width;
    while (true) {
      if (isBrace(i, '{')) {
        i = endOf(i);
      } else if (isBrace(i, '}') && whole.startsWith("}".repeat(width), i)) {
        return i + width;
      } else {
        i++;
      }
    }
  }

  private boolean isBrace(int i, char brace) {
    int run = i;
    while (run > 0 && whole.charAt(run - 1) == '\\') {
      run--;
    }
    return whole.charAt(i) == brace && (i - run) % 2 == 0;
  }
}
