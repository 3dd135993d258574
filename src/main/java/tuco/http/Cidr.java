package tuco.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Blocks of addresses, IPv4 and IPv6, as in {@code 192.0.2.0/24} or {@code 2001:db8::/32}. */
public final class Cidr {
  private static final Pattern LITERAL = Pattern.compile("[0-9a-fA-F.:]+");

  private Cidr() {}

  /** Whether the text is an address or a block. Never looks a name up. */
  public static boolean valid(String text) {
    int slash = text.indexOf('/');
    byte[] address = bytes(slash < 0 ? text : text.substring(0, slash));
    if (address.length == 0) {
      return false;
    }
    if (slash < 0) {
      return true;
    }
    String bits = text.substring(slash + 1);
    return bits.matches("\\d{1,3}") && Integer.parseInt(bits) <= address.length * 8;
  }

  /** Whether any block holds the address; an empty list holds all. */
  static boolean anyContains(List<String> blocks, String address) {
    if (blocks.isEmpty()) {
      return true;
    }
    byte[] wanted = bytes(address);
    return blocks.stream().anyMatch(block -> contains(block, wanted));
  }

  /**
   * The address in its one spelling, as the network layer writes it: without brackets and port, which some proxies add, and
   * a v4-mapped one as IPv4. Null when the text is no address.
   */
  static @Nullable String address(String text) {
    String bare = text.startsWith("[") ? text.substring(1, Math.max(1, text.indexOf(']')))
        : text.indexOf(':') == text.lastIndexOf(':') ? text.split(":", 2)[0] : text;
    byte[] bytes = bytes(bare);
    try {
      return bytes.length == 0 ? null : InetAddress.getByAddress(bytes).getHostAddress();
    } catch (UnknownHostException e) {
      throw new IllegalStateException("4 or 16 bytes are an address", e);
    }
  }

  private static boolean contains(String block, byte[] wanted) {
    int slash = block.indexOf('/');
    byte[] base = bytes(slash < 0 ? block : block.substring(0, slash));
    if (base.length == 0 || base.length != wanted.length) {
      return false;
    }
    int bits = slash < 0 ? base.length * 8 : Integer.parseInt(block.substring(slash + 1));
    for (int i = 0; i < base.length && bits > 0; i++, bits -= 8) {
      int mask = bits >= 8 ? 0xff : 0xff << 8 - bits & 0xff;
      if ((base[i] & mask) != (wanted[i] & mask)) {
        return false;
      }
    }
    return true;
  }

  /** The address' bytes; empty when the text is no literal address. A v4-mapped one counts as IPv4. */
  private static byte[] bytes(String text) {
    if (!LITERAL.matcher(text).matches() || text.indexOf('.') < 0 && text.indexOf(':') < 0
        || text.indexOf(':') < 0 && !text.matches("\\d{1,3}(\\.\\d{1,3}){3}")) {
      return new byte[0];
    }
    try {
      return InetAddress.ofLiteral(text).getAddress();
    } catch (IllegalArgumentException e) {
      return new byte[0];
    }
  }
}
