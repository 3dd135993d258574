package tuco.inbox;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import tuco.db.Database;
import tuco.db.Tx;
import tuco.leads.Suppressions;

/**
 * One-click unsubscribe (RFC 8058, connectors 4.6). The token in a mail's header names workspace and message and is
 * sealed with a key of the node: it cannot be guessed, needs no table and works as long as the message is kept.
 */
public final class Unsubscribe {
  private static final int IDS = 32;
  private static final int SEAL = 16;

  private final Database database;
  private final OptOut optOut;
  private final SecretKeySpec key;

  /**
   * @param secretKey the node's secret key; what seals tokens is derived from it and opens nothing else
   */
  public Unsubscribe(Database database, OptOut optOut, byte[] secretKey) {
    this.database = database;
    this.optOut = optOut;
    this.key = new SecretKeySpec(hmac(new SecretKeySpec(secretKey, "HmacSHA256"), "unsubscribe".getBytes(StandardCharsets.UTF_8)), "HmacSHA256");
  }

  /** The token for the recipient of a message. */
  public String token(UUID workspace, UUID message) {
    byte[] ids = ByteBuffer.allocate(IDS)
        .putLong(workspace.getMostSignificantBits()).putLong(workspace.getLeastSignificantBits())
        .putLong(message.getMostSignificantBits()).putLong(message.getLeastSignificantBits()).array();
    byte[] token = Arrays.copyOf(ids, IDS + SEAL);
    System.arraycopy(hmac(key, ids), 0, token, IDS, SEAL);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(token);
  }

  /** Who a token stands for: the recipient's address, the lead, and the workspace that wrote. */
  public record Recipient(String address, @Nullable UUID leadId, String workspaceName) {}

  /** Looks a token up and changes nothing: scanners follow every link in a mail. Empty when it stands for nobody. */
  public Optional<Recipient> recipient(String token) {
    ByteBuffer ids = opened(token);
    if (ids == null) {
      return Optional.empty();
    }
    UUID workspace = new UUID(ids.getLong(), ids.getLong());
    UUID message = new UUID(ids.getLong(), ids.getLong());
    return database.asWorkspace(workspace, tx -> recipient(tx, workspace, message));
  }

  /**
   * Unsubscribes the person on every channel, and cancels what is queued for them, in one transaction (decisions 5.7);
   * also in read-only mode (decisions 4.7). Repeating it changes nothing.
   */
  public Optional<Recipient> optOut(String token) {
    ByteBuffer ids = opened(token);
    if (ids == null) {
      return Optional.empty();
    }
    UUID workspace = new UUID(ids.getLong(), ids.getLong());
    UUID message = new UUID(ids.getLong(), ids.getLong());
    return database.asWorkspace(workspace, tx -> {
      Optional<Recipient> recipient = recipient(tx, workspace, message);
      if (recipient.isPresent()) {
        suppress(tx, workspace, recipient.get());
      }
      return recipient;
    });
  }

  private void suppress(Tx tx, UUID workspace, Recipient recipient) throws SQLException {
    optOut.take(tx, workspace, recipient.leadId(), recipient.address(),
        "Unsubscribed by the link in a mail", Suppressions.UNSUBSCRIBE);
  }

  private static Optional<Recipient> recipient(Tx tx, UUID workspace, UUID message) {
    return tx.query("""
            select m.recipient, m.lead_id, w.name
              from messages m
              join workspaces w on w.workspace_id = m.workspace_id
             where m.workspace_id = :workspace and m.message_id = :message""")
        .bind("workspace", workspace).bind("message", message)
        .map((row, context) -> new Recipient(row.getString(1), row.getObject(2, UUID.class), row.getString(3))).findOne();
  }

  /** The ids in a token whose seal is ours; null otherwise. */
  private @Nullable ByteBuffer opened(String token) {
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(token);
    } catch (IllegalArgumentException e) {
      return null;
    }
    if (bytes.length != IDS + SEAL) {
      return null;
    }
    byte[] ids = Arrays.copyOf(bytes, IDS);
    byte[] seal = Arrays.copyOfRange(bytes, IDS, bytes.length);
    return MessageDigest.isEqual(seal, Arrays.copyOf(hmac(key, ids), SEAL)) ? ByteBuffer.wrap(ids) : null;
  }

  private static byte[] hmac(SecretKeySpec key, byte[] input) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      return mac.doFinal(input);
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every Java has HmacSHA256", impossible);
    }
  }
}
