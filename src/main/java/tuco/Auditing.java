package tuco;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tuco.audit.Audit;
import tuco.audit.AuditApi;
import tuco.audit.AuditExport;
import tuco.audit.Seals;
import tuco.audit.SigningKeys;
import tuco.config.Vault;
import tuco.dashboard.AuditPage;
import tuco.dashboard.Pages;
import tuco.dashboard.PrivacyPage;
import tuco.db.Database;
import tuco.ids.Ids;
import tuco.leads.Phones;
import tuco.privacy.PersonalData;

/** The parts of the audit log and of what is done with personal data, as {@link Node} builds the others: what writes it is {@code Node.audit}. */
final class Auditing implements AutoCloseable {
  final Seals seals;
  final AuditExport export;
  final AuditApi api;
  final PersonalData personalData;
  final AuditPage page;
  final PrivacyPage privacyPage;

  Auditing(Database database, Audit audit, Vault vault, @Nullable Path data, Ids ids, Clock clock, Pages pages) {
    SigningKeys keys = new SigningKeys(database, vault, clock);
    seals = new Seals(database, keys, clock, Duration.ofMinutes(1), data);
    export = new AuditExport(database, audit, keys, seals, clock);
    api = new AuditApi(database, export, keys);
    personalData = new PersonalData(ids, clock, audit);
    page = new AuditPage(pages, api);
    privacyPage = new PrivacyPage(pages, personalData, new Phones());
  }

  void start() {
    seals.start();
  }

  @Override
  public void close() {
    seals.close();
  }
}
