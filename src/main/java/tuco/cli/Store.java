package tuco.cli;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tuco.config.Databases;
import tuco.config.Setting;
import tuco.config.Settings;
import tuco.db.DatabaseUrl;
import tuco.db.EmbeddedPostgres;
import tuco.db.Migrations;

/**
 * The database of this process, at this version's schema: the one that the settings name, or the embedded one.
 *
 * @param embedded null when the settings name a database
 */
record Store(Databases databases, @Nullable EmbeddedPostgres embedded) implements AutoCloseable {
  /**
   * Starts the embedded PostgreSQL where no other is set, and migrates.
   *
   * @throws tuco.db.StartFailure with one clear sentence
   */
  static Store open(Settings settings) {
    Optional<Databases> other = Databases.of(settings);
    if (other.isPresent()) {
      Databases databases = other.get();
      Migrations.run(databases.owner(), databases.app(), databases.engine());
      return new Store(databases, null);
    }
    EmbeddedPostgres embedded =
        EmbeddedPostgres.start(Path.of(settings.text(Setting.DATA)), EmbeddedPostgres.Settings.standard());
    boolean open = false;
    try {
      Databases databases = Databases.ofOwner(DatabaseUrl.parse(embedded.url()));
      Migrations.run(databases.owner(), databases.app(), databases.engine());
      open = true;
      return new Store(databases, embedded);
    } finally {
      if (!open) {
        embedded.close();
      }
    }
  }

  /** As {@link #open}, beside a Tuco that runs on the data directory already. */
  static Store openBeside(Settings settings) {
    Optional<DatabaseUrl> running = Databases.of(settings).isPresent()
        ? Optional.empty()
        : EmbeddedPostgres.running(Path.of(settings.text(Setting.DATA)));
    return running.map(owner -> new Store(Databases.ofOwner(owner), null)).orElseGet(() -> open(settings));
  }

  /** For people: where the data is. */
  String place(Settings settings) {
    return embedded == null
        ? databases.app().host() + ":" + databases.app().port() + "/" + databases.app().database()
        : Path.of(settings.text(Setting.DATA)).toAbsolutePath().normalize().toString();
  }

  @Override
  public void close() {
    if (embedded != null) {
      embedded.close();
    }
  }
}
