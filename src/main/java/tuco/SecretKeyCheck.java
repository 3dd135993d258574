package tuco;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import tuco.db.Database;
import tuco.db.StartFailure;

/** All nodes of a database need the same secret key: one with another could not open what the others sealed. */
public final class SecretKeyCheck {
  private SecretKeyCheck() {}

  /**
   * Remembers a proof of the first key, and asks it of all that come later.
   *
   * @throws StartFailure when this is another key
   */
  public static void require(Database database, byte[] secretKey) {
    byte[] proof = proof(secretKey);
    byte[] remembered = database.withoutTenant(tx -> {
      // Of several first nodes one writes; the others wait for it, and then there is nothing to write.
      tx.update("update installation set secret_key_check = :proof where secret_key_check is null")
          .bind("proof", proof).execute();
      return tx.query("select secret_key_check from installation").mapTo(byte[].class).one();
    });
    if (!MessageDigest.isEqual(proof, remembered)) {
      throw new StartFailure(
          "The secret key is not the one this database was started with: give every node the same TUCO_SECRET_KEY, or the secret.key of the first data directory.");
    }
  }

  private static byte[] proof(byte[] secretKey) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secretKey, "HmacSHA256"));
      return mac.doFinal("tuco secret key check".getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has HmacSHA256", e);
    }
  }
}
