package tuco.campaigns.render;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A part of a parsed text. */
sealed interface Node {

  /** Text that is sent as it stands. */
  record Literal(String text) implements Node {}

  /**
   * A value of the lead.
   *
   * @param fallback what stands there when the value is empty; null when nothing was given, which is not the same as
   *     an empty fallback: that one says that nothing is meant
   * @param position of the opening brace
   */
  record Placeholder(String name, @Nullable List<Node> fallback, int position) implements Node {}

  /**
   * One of several wordings.
   *
   * @param ordinal which spin of the text this is, in the order they are written; part of what decides the choice
   */
  record Spin(List<List<Node>> options, int ordinal) implements Node {}
}
