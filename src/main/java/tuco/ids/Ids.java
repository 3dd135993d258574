package tuco.ids;

import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Ids of 128 bits: 32 bits say whose they are (the workspace's tag), 48 bits when they were made, the
 * rest is random, in the form of a version 8 UUID (decisions 1.2). On the wire {@code ms_} and 26
 * letters of Crockford's base 32. They are names, not secrets.
 */
public final class Ids {
  private static final char[] ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz".toCharArray();
  private static final byte[] VALUES = values();
  private static final int LETTERS = 26;

  /** The tag of what belongs to no workspace: people, requests. */
  public static final int NO_WORKSPACE = 0;

  private static final long RANDOM = 0x3ff_ffff_ffffL;
  private static final int STEP = 1 << 20;

  private final Clock clock;
  private long lastMillis;
  private long lastRandom;

  public Ids(Clock clock) {
    this.clock = clock;
  }

  /** A new id for something of the workspace with this tag; of two made here the later one sorts later. */
  public synchronized UUID next(int tag) {
    long millis = clock.millis();
    ThreadLocalRandom random = ThreadLocalRandom.current();
    // Half of the room is left above the first, enough for a million more within the millisecond.
    lastRandom = millis == lastMillis ? lastRandom + 1 + random.nextInt(STEP) : random.nextLong() & RANDOM >>> 1;
    lastMillis = millis;
    return make(tag, millis, lastRandom);
  }

  /** The smallest id of this tag made at or after the instant: ids of one tag sort by time. */
  public static UUID floor(int tag, Instant at) {
    return make(tag, at.toEpochMilli(), 0);
  }

  private static UUID make(int tag, long millis, long random) {
    long high = (tag & 0xffff_ffffL) << 32 | (millis >>> 32 & 0xffff) << 16 | 0x8000 | (millis >>> 20 & 0xfff);
    long low = 0x8000_0000_0000_0000L | (millis & 0xf_ffff) << 42 | random & RANDOM;
    return new UUID(high, low);
  }

  /** The tag an id carries. */
  public static int tag(UUID id) {
    return (int) (id.getMostSignificantBits() >>> 32);
  }

  /** The wire form, for example {@code ms_0123…}. */
  public static String text(Kind kind, UUID id) {
    char[] out = new char[kind.prefix().length() + 1 + LETTERS];
    int at = kind.prefix().length();
    kind.prefix().getChars(0, at, out, 0);
    out[at] = '_';
    long high = id.getMostSignificantBits();
    long low = id.getLeastSignificantBits();
    for (int i = out.length - 1; i > at; i--) {
      out[i] = ALPHABET[(int) (low & 31)];
      low = low >>> 5 | high << 59;
      high >>>= 5;
    }
    return new String(out);
  }

  /** The wire form, or null for null. */
  public static @Nullable String textOrNull(Kind kind, @Nullable UUID id) {
    return id == null ? null : text(kind, id);
  }

  /** Reads the wire form; null when the text is not an id of this kind. */
  public static @Nullable UUID parse(Kind kind, String text) {
    int start = kind.prefix().length() + 1;
    if (text.length() != start + LETTERS || !text.startsWith(kind.prefix()) || text.charAt(start - 1) != '_') {
      return null;
    }
    long high = 0;
    long low = 0;
    for (int i = start; i < text.length(); i++) {
      char c = text.charAt(i);
      int value = c < 128 ? VALUES[c] : -1;
      if (value < 0 || i == start && value > 7) {
        return null;
      }
      high = high << 5 | low >>> 59;
      low = low << 5 | value;
    }
    return new UUID(high, low);
  }

  private static byte[] values() {
    byte[] values = new byte[128];
    Arrays.fill(values, (byte) -1);
    for (int i = 0; i < ALPHABET.length; i++) {
      values[ALPHABET[i]] = (byte) i;
    }
    return values;
  }
}
