package tuco.limits;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Checks {@code Stripe-Signature: t=…,v1=…[,v1=…]}: HMAC-SHA256 over the time, a dot and the raw body, in hexadecimal.
 * Any of the signatures under any of our secrets will do, because both sides rotate. Schemes other than v1 are passed over.
 */
final class StripeSignature {
  /** How far the time that was signed may be from ours, either way; older ones could be replays. */
  static final Duration TOLERANCE = Duration.ofMinutes(5);

  private static final int MOST_SIGNATURES = 20;

  private final List<byte[]> secrets;

  StripeSignature(List<String> secrets) {
    this.secrets = secrets.stream().map(secret -> secret.getBytes(StandardCharsets.UTF_8)).toList();
  }

  /** Whether the body comes from Stripe and not from long ago. */
  boolean isGood(@Nullable String header, byte[] body, Instant now) {
    if (header == null) {
      return false;
    }
    String time = "";
    List<byte[]> signatures = new ArrayList<>();
    for (String part : header.split(",", MOST_SIGNATURES + 2)) {
      String[] pair = part.strip().split("=", 2);
      if (pair.length == 2 && pair[0].equals("t")) {
        time = pair[1];
      } else if (pair.length == 2 && pair[0].equals("v1") && pair[1].matches("[0-9a-fA-F]{64}")) {
        signatures.add(HexFormat.of().parseHex(pair[1]));
      }
    }
    if (!time.matches("\\d{1,12}") || signatures.isEmpty()) {
      return false;
    }
    boolean recent = Duration.between(Instant.ofEpochSecond(Long.parseLong(time)), now).abs().compareTo(TOLERANCE) <= 0;
    boolean signed = false;
    for (byte[] secret : secrets) {
      byte[] expected = sign(secret, time, body);
      for (byte[] signature : signatures) {
        signed |= MessageDigest.isEqual(expected, signature);
      }
    }
    return signed && recent;
  }

  static byte[] sign(byte[] secret, String time, byte[] body) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret, "HmacSHA256"));
      mac.update((time + ".").getBytes(StandardCharsets.UTF_8));
      return mac.doFinal(body);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has HmacSHA256", e);
    }
  }
}
