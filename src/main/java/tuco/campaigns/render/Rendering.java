package tuco.campaigns.render;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One text for one lead, while it is put together; stops when it becomes too long. */
final class Rendering {
  private final Function<String, @Nullable String> fields;
  private final long seed;
  private final StringBuilder text = new StringBuilder();
  private final Set<String> missing = new LinkedHashSet<>();

  Rendering(Function<String, @Nullable String> fields, long seed) {
    this.fields = fields;
    this.seed = seed;
  }

  void append(List<Node> nodes) {
    for (Node node : nodes) {
      if (tooLong()) {
        return;
      }
      switch (node) {
        case Node.Literal(String literal) -> text.append(literal);
        case Node.Placeholder placeholder -> append(placeholder);
        case Node.Spin(List<List<Node>> options, int ordinal) ->
            append(options.get(Choice.option(seed, ordinal, options.size())));
      }
    }
  }

  private void append(Node.Placeholder placeholder) {
    String value = fields.apply(placeholder.name());
    if (value != null && !value.isBlank()) {
      text.append(value.strip());
    } else if (placeholder.fallback() != null) {
      append(placeholder.fallback());
    } else {
      missing.add(placeholder.name());
    }
  }

  private boolean tooLong() {
    return text.length() > Template.TEXT_MAX;
  }

  Rendered result(Missing rule) {
    String reason = null;
    if (tooLong()) {
      text.setLength(Template.TEXT_MAX);
      reason = "The text has more than 20,000 characters for this lead";
    } else if (!missing.isEmpty() && rule == Missing.REFUSES) {
      reason = "{" + missing.iterator().next() + "} is empty and has no fallback";
    } else if (text.toString().isBlank()) {
      reason = "The text is empty for this lead";
    }
    return new Rendered(text.toString(), List.copyOf(missing), reason);
  }
}
