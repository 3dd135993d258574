package tuco;

import java.time.Clock;
import java.time.Duration;
import tuco.audit.Audit;
import tuco.audit.AuditApi;
import tuco.audit.AuditExport;
import tuco.audit.Seals;
import tuco.audit.SigningKeys;
import tuco.config.Vault;
import tuco.db.Database;

/** The parts of the audit log, as {@link Node} builds the others: what writes it is {@code Node.audit}. */
final class Auditing implements AutoCloseable {
  final Seals seals;
  final AuditExport export;
  final AuditApi api;

  Auditing(Database database, Audit audit, Vault vault, Clock clock) {
    SigningKeys keys = new SigningKeys(database, vault, clock);
    seals = new Seals(database, keys, clock, Duration.ofMinutes(1));
    export = new AuditExport(database, audit, keys, seals, clock);
    api = new AuditApi(database, export, keys);
  }

  void start() {
    seals.start();
  }

  @Override
  public void close() {
    seals.close();
  }
}
