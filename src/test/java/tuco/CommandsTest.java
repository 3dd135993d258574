package tuco;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tuco.db.DatabaseUrl;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** The commands of decisions 10.4 against a running node, in processes of their own. */
class CommandsTest {
  @TempDir Path directory;

  @Test
  void operatorsWorkFromTheTerminal() throws Exception {
    try (World world = new World()) {
      World.TestWorkspace workspace = world.aWorkspace();
      Map<String, String> asKey = Map.of("TUCO_URL", "http://127.0.0.1:" + world.node().port(), "TUCO_KEY", workspace.key());
      String session = new Api(asKey.get("TUCO_URL"), null).post("/api/sessions", Json.text(Json.object()
          .put("email", workspace.ownerEmail()).put("password", workspace.ownerPassword()))).at("token");
      Map<String, String> asOwner = Map.of("TUCO_URL", asKey.get("TUCO_URL"), "TUCO_KEY", session);

      TucoProcess refused = TucoProcess.run(directory, asKey, "key", "list");
      assertThat(refused.process.exitValue()).isEqualTo(1);
      assertThat(refused.err()).startsWith("Tuco refuses (403): ").contains("keys:manage").hasLineCount(1);

      TucoProcess created = TucoProcess.run(directory, asOwner, "key", "create", "From the terminal", "--rights", "send_only", "--json");
      assertThat(created.process.exitValue()).as(created.err()).isZero();
      String key = Json.parse(created.out()).path("secret").asText();
      assertThat(world.api(key).get("/api/whoami").at("/apiKey/label")).isEqualTo("From the terminal");

      TucoProcess list = TucoProcess.run(directory, asOwner, "key", "list");
      assertThat(list.out().lines()).hasSize(3).element(0).asString().startsWith("id ");
      assertThat(list.out()).contains("Test key", "From the terminal").doesNotContain(key);
      aKeyIsChangedAndReportedOn(asOwner, world, key, Json.parse(created.out()).at("/apiKey/_id").asText());
    }
  }

  private void aKeyIsChangedAndReportedOn(Map<String, String> asOwner, World world, String secret, String id) throws Exception {
    TucoProcess changed = TucoProcess.run(directory, asOwner, "key", "change", id, "--label", "Renamed", "--rights", "leads:read,messages:read",
        "--expires", "2099-01-31T00:00:00Z", "--address", "192.0.2.0/24", "--address", "2001:db8::/32", "--json");
    assertThat(changed.process.exitValue()).as(changed.err()).isZero();
    assertThat(Json.parse(changed.out()).at("/apiKey/allowedAddresses")).hasSize(2);
    assertThat(world.api(secret).get("/api/whoami").at("/code")).isEqualTo("address_not_allowed");

    TucoProcess freed = TucoProcess.run(directory, asOwner, "key", "change", id, "--address", "any", "--expires", "never");
    assertThat(freed.process.exitValue()).as(freed.err()).isZero();
    assertThat(world.api(secret).get("/api/whoami").at("/apiKey/label")).isEqualTo("Renamed");

    TucoProcess report = TucoProcess.run(directory, asOwner, "key", "report", id, "--since", "2026-01-01T00:00:00Z");
    assertThat(report.process.exitValue()).as(report.err()).isZero();
    assertThat(report.out()).contains("Renamed", "messageCount     0", "key.change").doesNotContain(secret);
  }

  @Test
  void theAuditLogIsTakenOutOfTheDatabaseAndVerifiedWithoutIt() throws Exception {
    Path file = directory.resolve("audit.ndjson");
    try (World world = new World()) {
      World.TestWorkspace workspace = world.aWorkspace();
      DatabaseUrl owner = world.owner;
      Map<String, String> onDatabase = Map.of(
          "TUCO_DATABASE_URL", "postgresql://%s:%s@%s:%d/%s".formatted(owner.user(), owner.password(), owner.host(), owner.port(), owner.database()),
          "TUCO_SECRET_KEY", Base64.getEncoder().encodeToString(world.config().secretKey()));
      TucoProcess exported = TucoProcess.run(
          directory, onDatabase, "audit", "export", "--workspace", Ids.text(Kind.WORKSPACE, workspace.id()), "--out", file.toString());
      assertThat(exported.process.exitValue()).as(exported.err()).isZero();
    }
    TucoProcess intact = TucoProcess.run(directory, Map.of(), "audit", "verify", file.toString());
    assertThat(intact.process.exitValue()).as(intact.out()).isZero();
    assertThat(intact.out()).startsWith("Intact: 2 entries of Workspace ").contains("Signed with the key sha256:");
    List<String> lines = Files.readAllLines(file);
    Files.write(file, lines.subList(0, lines.size() - 1));
    TucoProcess cut = TucoProcess.run(directory, Map.of(), "audit", "verify", file.toString());
    assertThat(cut.process.exitValue()).isEqualTo(1);
    assertThat(cut.out().strip()).isEqualTo("NOT INTACT, first bad entry 2: entry 2 is missing: the file ends after 1 of 2 entries.");
  }

  /** Decisions 9.1: staff are the operator's people, made on the database alone. */
  @Test
  void theOperatorTakesPeopleIntoTheStaffAndOutAgain() throws Exception {
    try (World world = new World()) {
      world.node();
      Map<String, String> operator = Map.of(
          "TUCO_DATABASE_URL", "postgresql://" + world.owner.user() + ":" + world.owner.password() + "@" + world.owner.host() + ":" + world.owner.port() + "/" + world.owner.database(),
          "TUCO_SECRET_KEY", Base64.getEncoder().encodeToString(new byte[32]));
      TucoProcess added = TucoProcess.run(directory, operator, "staff", "add", "Sam@operator.example.com", "--name", "Sam Ito", "--json");
      assertThat(added.process.exitValue()).as(added.err()).isZero();
      String link = Json.parse(added.out()).path("link").asText();
      assertThat(world.anonymous().get(link.substring(link.indexOf("/staff/"))).text()).contains("sam@operator.example.com");

      TucoProcess again = TucoProcess.run(directory, operator, "staff", "add", "sam@operator.example.com");
      assertThat(again.process.exitValue()).isEqualTo(1);
      assertThat(again.err().strip()).isEqualTo("There is somebody with this e-mail address in the staff already.");

      TucoProcess list = TucoProcess.run(directory, operator, "staff", "list");
      assertThat(list.out()).contains("sam@operator.example.com", "Sam Ito", "false");

      TucoProcess removed = TucoProcess.run(directory, operator, "staff", "remove", "sam@operator.example.com", "--json");
      assertThat(Json.parse(removed.out()).path("removed").asBoolean()).as(removed.err()).isTrue();
      assertThat(world.anonymous().get(link.substring(link.indexOf("/staff/"))).status()).isEqualTo(404);
    }
  }

  @Test
  void nobodyThereIsOneSentence() throws Exception {
    TucoProcess alone = TucoProcess.run(directory, Map.of("TUCO_URL", "http://127.0.0.1:1", "TUCO_KEY", "any"), "usage");
    assertThat(alone.process.exitValue()).isEqualTo(1);
    assertThat(alone.err().strip()).isEqualTo("No Tuco answers at http://127.0.0.1:1: start it with `tuco up`, or say with --url where it is.");
  }

  @Test
  void doctorNamesWhatIsWrongAndChangesNothing() throws Exception {
    TucoProcess well = TucoProcess.run(directory, Map.of("TUCO_PORT", "0"), "doctor", "--json");
    assertThat(well.process.exitValue()).as(well.out()).isZero();
    assertThat(Json.parse(well.out()).path("checks")).hasSize(6);
    TucoProcess ill = TucoProcess.run(
        directory, Map.of("TUCO_PORT", "0", "TUCO_DATABASE_URL", "postgresql://a:secret@127.0.0.1:1/b"), "doctor");
    assertThat(ill.process.exitValue()).isEqualTo(1);
    assertThat(ill.out()).contains("WRONG database  The database postgresql://a@127.0.0.1:1/b cannot be reached").doesNotContain("secret");
    assertThat(directory.resolve("data")).doesNotExist();
  }
}
