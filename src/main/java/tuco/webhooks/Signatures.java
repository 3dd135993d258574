package tuco.webhooks;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import tuco.http.Json;

/**
 * The headers of a delivery: the contract's {@code X-Tuco-*} (8.3) and those of Standard Webhooks. The contract's
 * signature takes the secret as it is shown, prefix included; Standard Webhooks takes the bytes it encodes.
 */
final class Signatures {
  private static final String PREFIX = "whsec_";
  private static final int SECRET_BYTES = 32;

  private final SecureRandom random = new SecureRandom();

  /** A new secret, as it is shown. */
  String mint() {
    byte[] bytes = new byte[SECRET_BYTES];
    random.nextBytes(bytes);
    return PREFIX + Base64.getEncoder().encodeToString(bytes);
  }

  /**
   * All headers of one attempt.
   *
   * @param id stable over retries
   * @param secrets the present one first; during a rotation the one before it too
   */
  static Map<String, String> headers(String id, String event, Instant attemptAt, byte[] body, List<String> secrets) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Content-Type", "application/json");
    headers.put("User-Agent", "Tuco-Webhooks/1");
    headers.put("X-Tuco-Event", event);
    headers.put("X-Tuco-Timestamp", Json.timestamp(attemptAt));
    headers.put("X-Tuco-Signature",
        HexFormat.of().formatHex(hmac(secrets.getFirst().getBytes(StandardCharsets.UTF_8), body)));
    long seconds = attemptAt.getEpochSecond();
    headers.put("webhook-id", id);
    headers.put("webhook-timestamp", Long.toString(seconds));
    headers.put("webhook-signature",
        String.join(" ", secrets.stream().map(secret -> standard(secret, id, seconds, body)).toList()));
    return headers;
  }

  private static String standard(String secret, String id, long seconds, byte[] body) {
    byte[] key = Base64.getDecoder().decode(secret.substring(PREFIX.length()));
    byte[] head = (id + "." + seconds + ".").getBytes(StandardCharsets.UTF_8);
    return "v1," + Base64.getEncoder().encodeToString(hmac(key, head, body));
  }

  private static byte[] hmac(byte[] key, byte[]... parts) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      for (byte[] part : parts) {
        mac.update(part);
      }
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has HmacSHA256", e);
    }
  }
}
