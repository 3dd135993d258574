package tuco.http;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which addresses we call on behalf of a workspace (standards O7): everything that is not a public unicast address is
 * refused, in every form it can be written in. A table; looks nothing up.
 */
public final class AddressRules {
  /** Inside somebody's network: allowed only where the operator says so. */
  private static final List<Block> PRIVATE = blocks(
      "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7");

  /** Where clouds keep the credentials of their machines: never, even where private addresses are allowed. */
  private static final List<Block> METADATA = blocks(
      "169.254.0.0/16", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32",
      "fd00:ec2::254/128", "fd00:ec2::23/128", "fd20:ce::254/128", "fe80::/10");

  /** IPv4 that is neither private nor public (IANA's special-purpose registry). */
  private static final List<Block> RESERVED_V4 = blocks(
      "0.0.0.0/8", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
      "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4");

  /** Public IPv6 is 2000::/3 without these: protocol assignments and Teredo, documentation, 6to4. */
  private static final List<Block> RESERVED_V6 = blocks("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20");

  private static final Block PUBLIC_V6 = block("2000::/3");
  private static final Block NAT64 = block("64:ff9b::/96");
  private static final Block V4_MAPPED = new Block(HexFormat.of().parseHex("00000000000000000000ffff00000000"), 96);

  private AddressRules() {}

  /** Whether the address may be called. */
  public static boolean allows(byte[] address, boolean privateToo) {
    if (METADATA.stream().anyMatch(block -> block.holds(address))) {
      return false;
    }
    if (PRIVATE.stream().anyMatch(block -> block.holds(address))) {
      return privateToo;
    }
    if (address.length == 4) {
      return RESERVED_V4.stream().noneMatch(block -> block.holds(address));
    }
    if (V4_MAPPED.holds(address) || NAT64.holds(address)) {
      return allows(Arrays.copyOfRange(address, 12, 16), privateToo);
    }
    return PUBLIC_V6.holds(address) && RESERVED_V6.stream().noneMatch(block -> block.holds(address));
  }

  /**
   * The address a URL's host stands for without a look-up; null for a name, but not for that of this machine. Reads the canonical forms only: the odd
   * ones (one number, octal, hexadecimal) are names to us and are refused or judged when they are resolved.
   */
  public static byte @Nullable [] literal(String host) {
    if (host.toLowerCase(Locale.ROOT).matches("(.*\\.)?localhost")) {
      return InetAddress.getLoopbackAddress().getAddress();
    }
    String bare = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    return Cidr.valid(bare) && bare.indexOf('/') < 0 ? parse(bare) : null;
  }

  private static List<Block> blocks(String... texts) {
    return Arrays.stream(texts).map(AddressRules::block).toList();
  }

  private static Block block(String text) {
    int slash = text.indexOf('/');
    return new Block(parse(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
  }

  private static byte[] parse(String literal) {
    try {
      return InetAddress.ofLiteral(literal).getAddress();
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException(literal + " is no address", e);
    }
  }

  /** All addresses that begin with these bits. */
  private record Block(byte[] base, int bits) {
    boolean holds(byte[] address) {
      if (address.length != base.length) {
        return false;
      }
      for (int i = 0, left = bits; left > 0; i++, left -= 8) {
        int mask = left >= 8 ? 0xff : 0xff << 8 - left & 0xff;
        if ((base[i] & mask) != (address[i] & mask)) {
          return false;
        }
      }
      return true;
    }
  }
}
