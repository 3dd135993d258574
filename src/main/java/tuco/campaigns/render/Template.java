package tuco.campaigns.render;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The text of a step, read once and rendered for any number of leads (decisions 6.3; docs/campaigns.md).
 *
 * <p>{@code {firstName}} or {@code {{firstName}}} stands for a value, {@code {firstName|there}} has a fallback, which
 * may hold placeholders itself, {@code {spin:Hi|Hello}} is one of its wordings. Values are put in as they are and never
 * read again, so nothing in a lead's data can act as a placeholder.
 */
public final class Template {
  /** How long a text may be, written and rendered (decisions 1.1). */
  public static final int TEXT_MAX = 20_000;

  /** How many unknown names are told of one text. */
  private static final int UNKNOWN_MAX = 20;

  private final String source;
  private final List<Node> nodes;
  private final List<Fault> unreadable;

  private Template(String source, List<Node> nodes, List<Fault> unreadable) {
    this.source = source;
    this.nodes = nodes;
    this.unreadable = unreadable;
  }

  /** Reads any text; what is wrong with it is told by {@link #faults}. */
  public static Template parse(String source) {
    return parse(source, name -> true);
  }

  /**
   * Reads a text that nobody has checked.
   *
   * @param names what is the name of a placeholder; braces around anything else are text
   */
  public static Template parse(String source, Predicate<String> names) {
    Parser parser = new Parser(source, names);
    List<Node> nodes = parser.parse();
    return new Template(source, nodes, parser.faults());
  }

  /** The text as it was written. */
  public String source() {
    return source;
  }

  List<Node> nodes() {
    return nodes;
  }

  /** The names of all placeholders, each once, in the order they are written. */
  public Set<String> names() {
    Set<String> names = new LinkedHashSet<>();
    placeholders(nodes, new ArrayList<>()).forEach(placeholder -> names.add(placeholder.name()));
    return names;
  }

  /**
   * Why this text cannot be saved, in the order of the text; empty when it can.
   *
   * @param customFields the names of the custom fields that leads of the workspace have
   */
  public List<Fault> faults(Set<String> customFields) {
    List<Fault> faults = new ArrayList<>(unreadable);
    if (source.length() > TEXT_MAX) {
      faults.add(Fault.at(TEXT_MAX, "A text may have at most 20,000 characters."));
    }
    Set<String> told = new LinkedHashSet<>();
    for (Node.Placeholder placeholder : placeholders(nodes, new ArrayList<>())) {
      if (!Fields.isKnown(placeholder.name(), customFields) && told.size() < UNKNOWN_MAX && told.add(placeholder.name())) {
        faults.add(Fields.unknown(placeholder.name(), placeholder.position(), customFields));
      }
    }
    faults.sort(Comparator.comparingInt(Fault::position));
    return List.copyOf(faults);
  }

  private static List<Node.Placeholder> placeholders(List<Node> nodes, List<Node.Placeholder> found) {
    for (Node node : nodes) {
      switch (node) {
        case Node.Literal _ -> { }
        case Node.Placeholder placeholder -> {
          found.add(placeholder);
          if (placeholder.fallback() != null) {
            placeholders(placeholder.fallback(), found);
          }
        }
        case Node.Spin spin -> spin.options().forEach(option -> placeholders(option, found));
      }
    }
    return found;
  }

  /** The text for one lead; a value that is missing leaves nothing (contract 6.6). */
  public Rendered render(Function<String, @Nullable String> fields, long seed) {
    return render(fields, seed, Missing.LEAVES_NOTHING);
  }

  /**
   * The text for one lead: the same for the same values and seed, on every node and in every retry.
   *
   * @param fields the value of a name, null or blank when there is none; see {@link Fields#of}
   * @param seed decides the spins; see {@link Choice#seed}
   */
  public Rendered render(Function<String, @Nullable String> fields, long seed, Missing missing) {
    Rendering rendering = new Rendering(fields, seed);
    rendering.append(nodes);
    return rendering.result(missing);
  }

  @Override
  public String toString() {
    return source;
  }
}
