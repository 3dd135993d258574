package tuco.audit;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.Clock;
import java.util.Base64;
import java.util.Optional;
import tuco.config.Vault;
import tuco.db.Database;
import tuco.db.Tx;

/**
 * The installation's Ed25519 key (decisions 9.3), made once. Its private half lies in the database sealed with the secret
 * key, so that every node can sign and whoever has only the database cannot.
 */
public final class SigningKey {
  private static final String ALGORITHM = "Ed25519";

  private final byte[] publicKey;
  private final PrivateKey privateKey;

  private SigningKey(byte[] publicKey, PrivateKey privateKey) {
    this.publicKey = publicKey;
    this.privateKey = privateKey;
  }

  /** The key there is, made now where there is none; of several nodes that make one, all take the first. */
  public static SigningKey of(Database database, Vault vault, Clock clock) {
    return database.withoutTenant(tx -> find(tx, vault).orElseGet(() -> {
      KeyPair pair = generate();
      tx.update("""
              insert into audit_signing_key (public_key, private_key, created_at)
              values (:public, :private, :now)
              on conflict do nothing""")
          .bind("public", pair.getPublic().getEncoded()).bind("private", vault.seal(pair.getPrivate().getEncoded()))
          .bind("now", clock.instant()).execute();
      return find(tx, vault).orElseThrow();
    }));
  }

  private static Optional<SigningKey> find(Tx tx, Vault vault) {
    return tx.query("select public_key, private_key from audit_signing_key")
        .map((row, context) -> new SigningKey(row.getBytes("public_key"), opened(vault.open(row.getBytes("private_key")))))
        .findOne();
  }

  private static KeyPair generate() {
    try {
      return KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has Ed25519", e);
    }
  }

  private static PrivateKey opened(byte[] encoded) {
    try {
      return KeyFactory.getInstance(ALGORITHM).generatePrivate(new PKCS8EncodedKeySpec(encoded));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the signing key of the audit log cannot be read", e);
    }
  }

  /** The public half, as SubjectPublicKeyInfo in Base64: what stands between the lines of a PEM file. */
  public String publicKey() {
    return Base64.getEncoder().encodeToString(publicKey);
  }

  /** The short name by which people compare keys. */
  public String fingerprint() {
    return fingerprint(publicKey);
  }

  static String fingerprint(byte[] publicKey) {
    return "sha256:" + Chain.sha256(publicKey);
  }

  /** Adds the signature to a statement. */
  ObjectNode sign(String purpose, ObjectNode statement) {
    try {
      Signature signature = Signature.getInstance(ALGORITHM);
      signature.initSign(privateKey);
      signature.update(Chain.signed(purpose, statement));
      return statement.put("signature", Base64.getEncoder().encodeToString(signature.sign()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the audit log cannot be signed", e);
    }
  }

  /** Whether a statement bears this key's signature. */
  static boolean vouches(byte[] publicKey, String purpose, ObjectNode statement) {
    try {
      PublicKey key = KeyFactory.getInstance(ALGORITHM).generatePublic(new X509EncodedKeySpec(publicKey));
      Signature signature = Signature.getInstance(ALGORITHM);
      signature.initVerify(key);
      signature.update(Chain.signed(purpose, statement));
      return signature.verify(Base64.getDecoder().decode(statement.path("signature").asText()));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return false;
    }
  }

  /** Whether a statement bears this key's signature. */
  boolean vouches(String purpose, ObjectNode statement) {
    return vouches(publicKey, purpose, statement);
  }
}
