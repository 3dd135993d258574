package tuco.campaigns.render;

import org.jspecify.annotations.Nullable;

/**
 * What is wrong with a text, for the person who wrote it.
 *
 * @param position where in the text, counted in UTF-16 units from 0
 * @param name the placeholder this is about, null when it is about the braces
 * @param suggestion the name that was probably meant
 */
public record Fault(int position, String message, @Nullable String name, @Nullable String suggestion) {

  static Fault at(int position, String message) {
    return new Fault(position, message, null, null);
  }
}
