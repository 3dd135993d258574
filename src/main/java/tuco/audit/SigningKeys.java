package tuco.audit;

import java.time.Clock;
import org.jspecify.annotations.Nullable;
import tuco.config.Vault;
import tuco.db.Database;

/** Where the signing key comes from: read from the database when it is first needed, and then kept. */
public final class SigningKeys {
  private final Database database;
  private final Vault vault;
  private final Clock clock;
  private volatile @Nullable SigningKey key;

  public SigningKeys(Database database, Vault vault, Clock clock) {
    this.database = database;
    this.vault = vault;
    this.clock = clock;
  }

  /** The installation's key; the first who asks has it made. */
  public SigningKey current() {
    SigningKey now = key;
    if (now == null) {
      now = SigningKey.of(database, vault, clock);
      key = now;
    }
    return now;
  }
}
