package tuco.leads;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;
import java.util.UUID;

/** Who must not be contacted. Kept by a hash of the address, so that it outlives the lead (decisions 5.7). */
public final class Suppressions {
  private Suppressions() {}

  /**
   * How an address is kept and found: SHA-256 over the workspace's id and the address in lower case.
   *
   * @param address normalised: E.164 or an e-mail address
   */
  public static byte[] hash(UUID workspaceId, String address) {
    byte[] text = address.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.UTF_8);
    ByteBuffer input = ByteBuffer.allocate(16 + text.length)
        .putLong(workspaceId.getMostSignificantBits())
        .putLong(workspaceId.getLeastSignificantBits())
        .put(text);
    try {
      return MessageDigest.getInstance("SHA-256").digest(input.array());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
