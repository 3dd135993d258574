package tuco.dashboard;

import gg.jte.Content;

/** Text of the OpenAPI document, where backticks mark what is code. */
public final class Prose {
  private Prose() {}

  /** The text with its code marked; everything else is escaped. */
  public static Content of(String text) {
    return output -> {
      String[] parts = text.split("`", -1);
      for (int i = 0; i < parts.length; i++) {
        boolean code = i % 2 == 1 && i < parts.length - 1;
        output.writeContent((code ? "<code>" : i % 2 == 1 ? "`" : "") + escape(parts[i]) + (code ? "</code>" : ""));
      }
    };
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
