package tuco.config;

import java.util.Optional;
import tuco.db.DatabaseUrl;
import tuco.db.Roles;
import tuco.db.StartFailure;

/**
 * One database as the three users that Tuco needs there.
 *
 * @param owner migrates, may create roles
 * @param app serves requests under row security
 * @param engine does the work that crosses workspaces
 */
public record Databases(DatabaseUrl owner, DatabaseUrl app, DatabaseUrl engine) {
  /** The other two users' passwords are derived from the owner's. */
  public static Databases ofOwner(DatabaseUrl owner) {
    return new Databases(
        owner,
        owner.as(Roles.APP, Roles.password(owner, Roles.APP)),
        owner.as(Roles.ENGINE, Roles.password(owner, Roles.ENGINE)));
  }

  /** What the settings name; empty means the embedded PostgreSQL. */
  public static Optional<Databases> of(Settings settings) {
    if (settings.text(Setting.DATABASE_URL).isEmpty()) {
      if (!settings.text(Setting.DATABASE_OWNER_URL).isEmpty()) {
        throw Settings.wrong(Setting.DATABASE_OWNER_URL, "needs TUCO_DATABASE_URL beside it");
      }
      return Optional.empty();
    }
    DatabaseUrl url = parse(settings, Setting.DATABASE_URL);
    boolean app = url.user().equals(Roles.APP);
    if (settings.text(Setting.DATABASE_OWNER_URL).isEmpty()) {
      if (app) {
        throw Settings.wrong(Setting.DATABASE_URL, "signs in as tuco_app, which may not migrate: set TUCO_DATABASE_OWNER_URL too");
      }
      return Optional.of(ofOwner(url));
    }
    if (!app) {
      throw Settings.wrong(Setting.DATABASE_URL, "must sign in as tuco_app when TUCO_DATABASE_OWNER_URL is set");
    }
    return Optional.of(new Databases(
        parse(settings, Setting.DATABASE_OWNER_URL), url, url.as(Roles.ENGINE, url.password())));
  }

  private static DatabaseUrl parse(Settings settings, Setting setting) {
    try {
      return DatabaseUrl.parse(settings.text(setting));
    } catch (IllegalArgumentException e) {
      throw new StartFailure(setting.variable() + ": " + e.getMessage() + ".", e);
    }
  }
}
