package tuco.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tuco.db.Roles;
import tuco.db.StartFailure;
import tuco.mail.MailSettings;

/** Settings of decisions 10.2. */
class SettingsTest {
  @TempDir Path directory;

  @Test
  void optionsComeBeforeTheEnvironmentAndThatBeforeTheFile() throws IOException {
    Path file = file("# a comment\n\nTUCO_PORT = 1\nTUCO_HOST=192.0.2.1\nTUCO_ROLES=api\n");
    Settings settings = Settings.read(
        Map.of(Setting.PORT, "3"), Map.of("TUCO_CONFIG", file.toString(), "TUCO_PORT", "2", "TUCO_HOST", "192.0.2.2", "PATH", "/bin"));
    assertThat(settings.text(Setting.PORT)).isEqualTo("3");
    assertThat(settings.text(Setting.HOST)).isEqualTo("192.0.2.2");
    assertThat(settings.text(Setting.ROLES)).isEqualTo("api");
    assertThat(settings.text(Setting.DATA)).as("the default").isEqualTo("./data");
  }

  @Test
  void unknownNamesAreRefusedWhereverTheyStand() throws IOException {
    refused(Map.of("TUCO_PROT", "1"), "Unknown setting TUCO_PROT in the environment; `tuco help config` lists them all.");
    refused(Map.of("TUCO_PORT_FILE", "x"), "Unknown setting TUCO_PORT_FILE in the environment; `tuco help config` lists them all.");
    Path file = file("TUCO_PROT=1\n");
    refused(Map.of("TUCO_CONFIG", file.toString()), "Unknown setting TUCO_PROT in " + file + "; `tuco help config` lists them all.");
    file("PORT=1\n");
    refused(Map.of("TUCO_CONFIG", file.toString()), "Line 1 of " + file + " is no setting; it should read TUCO_NAME=value.");
    file("TUCO_PORT=1\nTUCO_PORT=2\n");
    refused(Map.of("TUCO_CONFIG", file.toString()), "TUCO_PORT stands twice in " + file + ".");
    refused(Map.of("TUCO_CONFIG", "nowhere"), "The configuration: there is no file nowhere.");
  }

  @Test
  void secretsComeFromFilesTooButNotFromBoth() throws IOException {
    Path file = file("postgresql://someone:secret@db.example.com/tuco\n");
    Map<String, String> environment = Map.of("TUCO_DATABASE_URL_FILE", file.toString());
    assertThat(Settings.read(Map.of(), environment).text(Setting.DATABASE_URL)).isEqualTo("postgresql://someone:secret@db.example.com/tuco");
    refused(Map.of("TUCO_DATABASE_URL_FILE", file.toString(), "TUCO_DATABASE_URL", "x"),
        "TUCO_DATABASE_URL and TUCO_DATABASE_URL_FILE are both set; keep one.");
  }

  @Test
  void valuesThatCannotBeAreNamedWithTheirRule() {
    refusedNode(Map.of("TUCO_PORT", "eighty"), "TUCO_PORT must be a number from 0 to 65535.");
    refusedNode(Map.of("TUCO_PORT", "65536"), "TUCO_PORT must be a number from 0 to 65535.");
    refusedNode(Map.of("TUCO_ROLES", "api,boss"), "TUCO_ROLES must be api, worker or both, separated by a comma.");
    refusedNode(Map.of("TUCO_PRIVATE_WEBHOOKS", "yes"), "TUCO_PRIVATE_WEBHOOKS must be true or false.");
    refusedNode(Map.of("TUCO_TRUSTED_PROXIES", "10.0.0.0/8, proxy"),
        "TUCO_TRUSTED_PROXIES must hold addresses or blocks such as 192.0.2.0/24, separated by commas.");
    refusedNode(Map.of("TUCO_PUBLIC_URL", "tuco.example.com"),
        "TUCO_PUBLIC_URL must be an address without a path, such as https://tuco.example.com.");
    assertThat(NodeSettings.of(Settings.read(Map.of(), Map.of("TUCO_PUBLIC_URL", "https://tuco.example.com/"))).publicUrl())
        .isEqualTo("https://tuco.example.com");
  }

  @Test
  void mailServerIsSetAsAWholeOrNotAtAll() {
    assertThat(NodeSettings.of(Settings.read(Map.of(), Map.of())).mail()).as("a normal state").isNull();
    refusedNode(Map.of("TUCO_SMTP_FROM", "tuco@example.com"), "TUCO_SMTP_FROM needs TUCO_SMTP_HOST beside it.");
    refusedNode(Map.of("TUCO_SMTP_HOST", "smtp.example.com"),
        "TUCO_SMTP_FROM must be the address that mail comes from, such as tuco@example.com.");
    refusedNode(Map.of("TUCO_SMTP_HOST", "smtp.example.com", "TUCO_SMTP_TLS", "ssl"), "TUCO_SMTP_TLS must be none, starttls or tls.");
    refusedNode(Map.of("TUCO_SMTP_HOST", "smtp.example.com", "TUCO_SMTP_USER", "me"), "TUCO_SMTP_USER needs TUCO_SMTP_PASSWORD beside it.");
    MailSettings mail = NodeSettings.of(Settings.read(Map.of(), Map.of(
        "TUCO_SMTP_HOST", "smtp.example.com", "TUCO_SMTP_FROM", "tuco@example.com", "TUCO_SMTP_TLS", "tls"))).mail();
    assertThat(mail).isEqualTo(
        new MailSettings("smtp.example.com", 465, MailSettings.Tls.TLS, null, null, "tuco@example.com"));
  }

  @Test
  void oneDatabaseAddressServesThreeUsersOrTwoAreGiven() {
    Databases one = databases(Map.of("TUCO_DATABASE_URL", "postgresql://boss:secret@db.example.com/tuco"));
    assertThat(one.owner().user()).isEqualTo("boss");
    assertThat(one.app().user()).isEqualTo(Roles.APP);
    assertThat(one.app().password()).isNotEqualTo(one.engine().password()).isNotEqualTo("secret");

    Databases two = databases(Map.of(
        "TUCO_DATABASE_URL", "postgresql://tuco_app:mine@db.example.com/tuco",
        "TUCO_DATABASE_OWNER_URL", "postgresql://boss:secret@db.example.com/tuco"));
    assertThat(two.owner().user()).isEqualTo("boss");
    assertThat(two.app().password()).isEqualTo("mine");
    assertThat(two.engine().user()).isEqualTo(Roles.ENGINE);
    assertThat(two.engine().password()).isEqualTo("mine");

    assertThat(Databases.of(Settings.read(Map.of(), Map.of()))).as("the embedded one").isEmpty();
    refusedDatabases(Map.of("TUCO_DATABASE_URL", "postgresql://tuco_app:mine@db.example.com/tuco"),
        "TUCO_DATABASE_URL signs in as tuco_app, which may not migrate: set TUCO_DATABASE_OWNER_URL too.");
    refusedDatabases(Map.of("TUCO_DATABASE_OWNER_URL", "x"), "TUCO_DATABASE_OWNER_URL needs TUCO_DATABASE_URL beside it.");
    refusedDatabases(Map.of("TUCO_DATABASE_URL", "mysql://a:secret@b/c"),
        "TUCO_DATABASE_URL: a database address has the form postgresql://user:password@host:port/database.");
  }

  @Test
  void secretKeyIsMadeOnceForTheOwnerOfTheDirectoryAlone() throws IOException {
    Settings settings = Settings.read(Map.of(Setting.DATA, directory.resolve("data").toString()), Map.of());
    byte[] first = SecretKey.of(settings);
    assertThat(first).hasSize(32);
    assertThat(SecretKey.of(settings)).isEqualTo(first);
    Path file = directory.resolve("data/secret.key");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");
    try (var files = Files.list(directory.resolve("data"))) {
      assertThat(files).containsExactly(file);
    }
    Files.writeString(file, "c2hvcnQ=");
    assertThatThrownBy(() -> SecretKey.of(settings)).hasMessage(file + " must hold 32 bytes in Base64.");
  }

  /** The page and the code cannot part: a new setting fails here until the page has it. */
  @Test
  void operationPageHasTheTableOfSettings() throws IOException {
    assertThat(Files.readString(Path.of("docs/operation.md"))).contains(Setting.table());
  }

  private Path file(String text) throws IOException {
    return Files.writeString(directory.resolve("tuco.conf"), text);
  }

  private static void refused(Map<String, String> environment, String sentence) {
    assertThatThrownBy(() -> Settings.read(Map.of(), environment)).isInstanceOf(StartFailure.class).hasMessage(sentence);
  }

  private static void refusedNode(Map<String, String> environment, String sentence) {
    Settings settings = Settings.read(Map.of(), environment);
    assertThatThrownBy(() -> NodeSettings.of(settings)).isInstanceOf(StartFailure.class).hasMessage(sentence);
  }

  private static void refusedDatabases(Map<String, String> environment, String sentence) {
    Settings settings = Settings.read(Map.of(), environment);
    assertThatThrownBy(() -> Databases.of(settings)).isInstanceOf(StartFailure.class).hasMessage(sentence);
  }

  private static Databases databases(Map<String, String> environment) {
    return Databases.of(Settings.read(Map.of(), environment)).orElseThrow();
  }
}
