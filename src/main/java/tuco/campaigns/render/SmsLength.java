package tuco.campaigns.render;

/**
 * How many parts an SMS of this text has, exactly (connectors.md 5): 160 or 153 characters of the GSM alphabet, of which
 * some count twice, or 70 or 67 UTF-16 units when one character is not in it.
 */
public record SmsLength(int units, int parts, boolean unicode) {
  private static final String BASIC =
      "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
  private static final String TWICE = "\f^{}\\[~]|€";

  /** The length of this text. */
  public static SmsLength of(String text) {
    boolean unicode = text.chars().anyMatch(c -> BASIC.indexOf(c) < 0 && TWICE.indexOf(c) < 0);
    int single = unicode ? 70 : 160;
    int joined = unicode ? 67 : 153;
    int total = 0;
    int parts = 1;
    int inPart = 0;
    for (int i = 0; i < text.length(); ) {
      int point = text.codePointAt(i);
      // A pair of surrogates or of an escape and its character is never cut in two.
      int width = unicode ? Character.charCount(point) : TWICE.indexOf(point) >= 0 ? 2 : 1;
      total += width;
      if (inPart + width > joined) {
        parts++;
        inPart = 0;
      }
      inPart += width;
      i += Character.charCount(point);
    }
    return new SmsLength(total, total <= single ? 1 : parts, unicode);
  }
}
