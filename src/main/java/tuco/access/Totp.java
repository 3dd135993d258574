package tuco.access;

import com.eatthepath.otp.TimeBasedOneTimePasswordGenerator;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.OptionalLong;
import javax.crypto.spec.SecretKeySpec;
import tuco.config.Vault;

/** Codes of authenticator apps (RFC 6238: SHA-1, six digits, 30 s, as every app expects). */
public final class Totp {
  private static final long STEP_SECONDS = 30;
  private static final int SECRET_BYTES = 20;
  private static final String BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

  private final TimeBasedOneTimePasswordGenerator generator = new TimeBasedOneTimePasswordGenerator();
  private final SecureRandom random = new SecureRandom();
  private final Vault vault;
  private final Clock clock;

  public Totp(Vault vault, Clock clock) {
    this.vault = vault;
    this.clock = clock;
  }

  /**
   * A new secret, shown this once.
   *
   * @param sealed what is stored
   * @param secret for typing into an app, base 32
   * @param uri for a QR code
   */
  public record Enrolment(byte[] sealed, String secret, String uri) {
    @Override
    public String toString() {
      return "Enrolment[]";
    }
  }

  public Enrolment enrol(String email) {
    byte[] secret = new byte[SECRET_BYTES];
    random.nextBytes(secret);
    return enrolment(vault.seal(secret), secret, email);
  }

  /** The same secret once more, while it waits to be confirmed. */
  public Enrolment again(byte[] sealed, String email) {
    return enrolment(sealed, vault.open(sealed), email);
  }

  private static Enrolment enrolment(byte[] sealed, byte[] secret, String email) {
    String text = base32(secret);
    String uri = "otpauth://totp/Tuco:" + URLEncoder.encode(email, StandardCharsets.UTF_8)
        + "?secret=" + text + "&issuer=Tuco&algorithm=SHA1&digits=6&period=30";
    return new Enrolment(sealed, text, uri);
  }

  /**
   * The step of time this code belongs to: now or the one before or after, for clocks that are a little off. Empty
   * when it is wrong. Who accepts it stores the step and refuses it, and all before, from then on (replay).
   */
  public OptionalLong step(byte[] sealed, String code) {
    SecretKeySpec key = new SecretKeySpec(vault.open(sealed), "HmacSHA1");
    long now = clock.instant().getEpochSecond() / STEP_SECONDS;
    byte[] given = code.getBytes(StandardCharsets.UTF_8);
    for (long step = now - 1; step <= now + 1; step++) {
      if (MessageDigest.isEqual(given, code(key, step).getBytes(StandardCharsets.UTF_8))) {
        return OptionalLong.of(step);
      }
    }
    return OptionalLong.empty();
  }

  private String code(SecretKeySpec key, long step) {
    try {
      return generator.generateOneTimePasswordString(key, Instant.ofEpochSecond(step * STEP_SECONDS));
    } catch (InvalidKeyException e) {
      throw new IllegalStateException("an HMAC takes any key", e);
    }
  }

  private static String base32(byte[] bytes) {
    StringBuilder out = new StringBuilder();
    int bits = 0;
    int value = 0;
    for (byte b : bytes) {
      value = value << 8 | b & 0xff;
      bits += 8;
      while (bits >= 5) {
        bits -= 5;
        out.append(BASE32.charAt(value >>> bits & 31));
      }
    }
    return out.toString();
  }
}
