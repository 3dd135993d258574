package tuco.leads;

import java.net.IDN;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** E-mail addresses as they are stored and compared: trimmed, in lower case, the domain in ASCII (contract 5.2). */
public final class Emails {
  private static final int MAX_LENGTH = 254;
  private static final int MAX_LOCAL = 64;
  private static final Pattern LOCAL = Pattern.compile("[^\\s\\p{Cntrl}@<>(),;:\\\\\"\\[\\]]+");
  private static final Pattern DOMAIN =
      Pattern.compile("([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

  private Emails() {}

  /** The address to store, or null when the text is no e-mail address. */
  public static @Nullable String normalise(String raw) {
    String text = raw.strip().toLowerCase(Locale.ROOT);
    int at = text.lastIndexOf('@');
    if (at < 1 || at > MAX_LOCAL || text.length() > MAX_LENGTH) {
      return null;
    }
    String local = text.substring(0, at);
    String domain = ascii(text.substring(at + 1));
    boolean good = LOCAL.matcher(local).matches() && domain != null && DOMAIN.matcher(domain).matches()
        && local.length() + 1 + domain.length() <= MAX_LENGTH;
    return good ? local + "@" + domain : null;
  }

  private static @Nullable String ascii(String domain) {
    try {
      return IDN.toASCII(domain).toLowerCase(Locale.ROOT);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
