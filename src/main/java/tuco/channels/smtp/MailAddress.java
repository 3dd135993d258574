package tuco.channels.smtp;

import java.net.IDN;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** E-mail addresses in the one form that is safe to write into an SMTP command. */
final class MailAddress {
  /**
   * A dot-atom of ASCII (RFC 5321): no quotes, routes, groups, blanks or brackets, so that nothing
   * but one mailbox can come out of it.
   */
  private static final Pattern LOCAL_PART =
      Pattern.compile("[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*");

  private static final Pattern DOMAIN =
      Pattern.compile("([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?");

  private MailAddress() {}

  /** The address with its domain in ASCII (IDNA), or null when it cannot be written in ASCII. */
  static @Nullable String toAscii(String address) {
    int at = address.lastIndexOf('@');
    if (at < 1 || at > 64 || address.length() > 254) {
      return null;
    }
    String local = address.substring(0, at);
    String domain = asciiDomain(address.substring(at + 1));
    if (domain == null || !LOCAL_PART.matcher(local).matches() || !DOMAIN.matcher(domain).matches()) {
      return null;
    }
    return local + "@" + domain;
  }

  /** The domain of an address that {@link #toAscii} returned. */
  static String domainOf(String address) {
    return address.substring(address.lastIndexOf('@') + 1);
  }

  private static @Nullable String asciiDomain(String domain) {
    try {
      return IDN.toASCII(domain);
    } catch (IllegalArgumentException notADomain) {
      return null;
    }
  }
}
