package tuco.config;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Seals credentials of third parties before they are stored, with a key that never is in the database (decisions 7.1).
 * AES-256-GCM; a sealed value is a random nonce of 12 bytes followed by the ciphertext and its tag.
 */
public final class Vault {
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;

  private final SecretKeySpec key;
  private final SecureRandom random = new SecureRandom();

  /**
   * @param key 32 bytes
   */
  public Vault(byte[] key) {
    if (key.length != 32) {
      throw new IllegalArgumentException("the secret key must have 32 bytes");
    }
    this.key = new SecretKeySpec(key, "AES");
  }

  /** Encrypts; the same text is sealed differently each time. */
  public byte[] seal(byte[] plain) {
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    byte[] sealed = run(Cipher.ENCRYPT_MODE, nonce, plain);
    byte[] out = Arrays.copyOf(nonce, NONCE_BYTES + sealed.length);
    System.arraycopy(sealed, 0, out, NONCE_BYTES, sealed.length);
    return out;
  }

  /**
   * Decrypts what {@link #seal} made.
   *
   * @throws IllegalStateException when it was sealed with another key or was changed since
   */
  public byte[] open(byte[] sealed) {
    if (sealed.length < NONCE_BYTES) {
      throw new IllegalStateException("a sealed value is too short");
    }
    return run(
        Cipher.DECRYPT_MODE,
        Arrays.copyOf(sealed, NONCE_BYTES),
        Arrays.copyOfRange(sealed, NONCE_BYTES, sealed.length));
  }

  private byte[] run(int mode, byte[] nonce, byte[] input) {
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
      return cipher.doFinal(input);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a sealed value cannot be opened: wrong secret key, or it was changed", e);
    }
  }
}
