package tuco.caller;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Tokens of keys ({@code tuco_sk_}) and sessions ({@code tuco_ss_}): 43 base-62 characters of 32 random
 * bytes and 6 of a CRC-32 over all before, so that a scanner can tell a real one offline (K14) and a typing
 * error never reaches the database. Published expression: {@code tuco_sk_[0-9A-Za-z]{49}}.
 */
public final class Token {
  /** How a key's token begins. */
  public static final String KEY = "tuco_sk_";

  /** How a session's token begins. */
  public static final String SESSION = "tuco_ss_";

  /** How the token of a session of the operator's staff begins. */
  public static final String STAFF_SESSION = "tuco_st_";

  /** How the token of a one-time link or an invitation begins. */
  public static final String LINK = "tuco_ln_";

  private static final char[] ALPHABET =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".toCharArray();
  private static final int RANDOM_CHARACTERS = 43;
  private static final int CHECK_CHARACTERS = 6;
  private static final int LENGTH = KEY.length() + RANDOM_CHARACTERS + CHECK_CHARACTERS;

  private static final Pattern ANY = Pattern.compile("(tuco(?:_|%5[Ff])(?:sk|ss|st|ln)(?:_|%5[Ff]))[0-9A-Za-z]+");

  private final SecureRandom random = new SecureRandom();

  /** A new token; shown once and stored only as {@link #hash}. */
  public String mint(String prefix) {
    byte[] bytes = new byte[32];
    random.nextBytes(bytes);
    String body = prefix + base62(bytes, RANDOM_CHARACTERS);
    return body + check(body);
  }

  /** Whether the text is a token of this kind with a right checksum; says nothing about whether it was ever issued. */
  public static boolean wellFormed(String prefix, String text) {
    if (text.length() != LENGTH || !text.startsWith(prefix)) {
      return false;
    }
    for (int i = prefix.length(); i < LENGTH; i++) {
      char c = text.charAt(i);
      if (c > 'z' || !Character.isLetterOrDigit(c)) {
        return false;
      }
    }
    return check(text.substring(0, LENGTH - CHECK_CHARACTERS)).equals(text.substring(LENGTH - CHECK_CHARACTERS));
  }

  /**
   * What is stored of a token. At 256 random bits a plain SHA-256 is right: there is nothing to guess that a
   * slow hash would protect (OWASP ASVS 6.5.2).
   */
  public static byte[] hash(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.US_ASCII));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** The credential a token stands for, null when the text is no well-formed key or session token. */
  public static @Nullable Credential credential(String text, java.util.@Nullable UUID workspace, Origin origin) {
    if (wellFormed(KEY, text)) {
      return new Credential(hash(text), false, null, origin);
    }
    return wellFormed(SESSION, text) ? new Credential(hash(text), true, workspace, origin) : null;
  }

  /** The text with every token in it cut down to its prefix, percent-encoded or not, for what is shown, stored or logged (K13). */
  public static String redact(String text) {
    return text.contains("tuco") ? ANY.matcher(text).replaceAll("$1…") : text;
  }

  /** Whether a token stands anywhere in the text. */
  public static boolean in(String text) {
    return text.contains("tuco") && ANY.matcher(text).find();
  }

  private static String check(String body) {
    CRC32 crc = new CRC32();
    crc.update(body.getBytes(StandardCharsets.US_ASCII));
    long value = crc.getValue();
    char[] out = new char[CHECK_CHARACTERS];
    for (int i = CHECK_CHARACTERS - 1; i >= 0; i--) {
      out[i] = ALPHABET[(int) (value % 62)];
      value /= 62;
    }
    return new String(out);
  }

  private static String base62(byte[] bytes, int characters) {
    int[] digits = new int[bytes.length];
    Arrays.setAll(digits, i -> bytes[i] & 0xff);
    char[] out = new char[characters];
    for (int i = characters - 1; i >= 0; i--) {
      int remainder = 0;
      for (int d = 0; d < digits.length; d++) {
        int value = remainder << 8 | digits[d];
        digits[d] = value / 62;
        remainder = value % 62;
      }
      out[i] = ALPHABET[remainder];
    }
    return new String(out);
  }
}
