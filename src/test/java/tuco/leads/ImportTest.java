package tuco.leads;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import tuco.Api;
import tuco.Eventually;
import tuco.World;
import tuco.caller.Right;
import tuco.cli.Import;

/** CSV in and out: over the API and by the command line (contract 5.4, P1, P7). */
class ImportTest {
  private static final World WORLD = new World();
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  @AfterAll
  static void end() {
    CLIENT.close();
    WORLD.close();
  }

  private static String url() {
    return "http://127.0.0.1:" + WORLD.api("").get("/healthz").raw().uri().getPort();
  }

  private static HttpResponse<String> send(String key, String query, HttpRequest.BodyPublisher body) {
    try {
      return CLIENT.send(HttpRequest.newBuilder(URI.create(url() + "/api/leads/import" + query))
          .header("Authorization", "Bearer " + key).header("Content-Type", "text/csv").POST(body).build(),
          HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static JsonNode imported(World.TestWorkspace own, String query, String csv) {
    HttpResponse<String> response = send(own.key(), query, HttpRequest.BodyPublishers.ofString(csv));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return tuco.http.Json.parse(response.body());
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Test
  void consentComesWithAFileAndGoesWithOne() { // connectors 5
    World.TestWorkspace own = WORLD.aWorkspace();
    JsonNode result = imported(own, "", """
        email,Consent Source,consent timestamp,consentText
        con@example.com,Web form,2026-01-31,"Yes, write to me"
        bad@example.com,Web form,yesterday,
        """).path("import");
    assertThat(result.path("savedCount").asInt()).as(result.toString()).isEqualTo(1);
    assertThat(result.toString()).contains("consentTimestamp must be a time with its offset");
    assertThat(own.api().get("/api/leads/export").text())
        .contains("consentSource,consentTimestamp,consentText").contains("Web form,2026-01-31T00:00:00.000Z,\"Yes, write to me\"");
  }

  private static final String FILE = """
      First Name,surname,E-Mail,Mobile,Company,Plan,tags,Time Zone
      Ada,Lovelace,Ada@Example.com,(202) 555-0101,"Analytical, Engines",gold,vip; new,Europe/London
      Mia,,mia@example.com,,,,,

      Bad,Phone,bad@example.com,12,,,,
      Bad,Mail,nonsense,+12025550109,,,,Mars
      No,Body,,,,,,
      Same,Ada,,+12025550101,,,,
      Too,Many,x@example.com,,,,,,extra
      "Two
      lines",,two@example.com,,,,,
      Same,Mia,MIA@example.com,+12025550103,,,,
      """;

  @Test
  void aFileIsSavedWithItsErrorsByLine() {
    World.TestWorkspace own = WORLD.aWorkspace();
    JsonNode result = imported(own, "?listName=Spring", FILE).path("import");
    assertThat(result.path("status").asText()).isEqualTo("done");
    assertThat(result.path("rowsRead").intValue()).isEqualTo(9);
    assertThat(result.path("savedCount").intValue()).isEqualTo(3);
    assertThat(result.path("duplicateCount").intValue()).isEqualTo(2);
    assertThat(result.path("invalidCount").intValue()).isEqualTo(4);
    assertThat(result.path("bytesRead").longValue()).isEqualTo(FILE.length());
    assertThat(result.path("errors")).extracting(error ->
            error.path("line").asText() + " " + error.path("column").asText() + ": " + error.path("message").asText())
        .containsExactly(
            "5 Mobile: phone must be a phone number, best in E.164, for example +12025550101",
            "6 E-Mail: email must be an e-mail address",
            "6 Time Zone: timezone must be an IANA time zone, for example America/New_York",
            "7 : Either email or phone is required",
            "9 : The line has 9 cells, the header 8");
    assertThat(result.path("duplicates")).extracting(line -> line.path("line").asInt()).containsExactly(8, 12);

    JsonNode ada = own.api().get("/api/leads?search=lovelace").json().at("/leads/0");
    assertThat(ada.path("phone").asText()).isEqualTo("+12025550101");
    assertThat(ada.path("companyName").asText()).isEqualTo("Analytical, Engines");
    assertThat(ada.path("timezone").asText()).isEqualTo("Europe/London");
    assertThat(ada.at("/customFields/Plan").asText()).as("an unknown column becomes a custom field").isEqualTo("gold");
    assertThat(ada.path("tags")).extracting(JsonNode::asText).containsExactly("vip", "new");
    assertThat(ada.path("source").asText()).isEqualTo("csv_import");
    assertThat(own.api().get("/api/lists").at("/lists/0/name")).isEqualTo("Spring");
    assertThat(own.api().get("/api/leads/imports/" + result.path("_id").asText()).json().path("import")).isEqualTo(result);
    assertThat(own.api().get("/api/leads/imports").at("/imports/0/savedCount")).isEqualTo("3");
  }

  @Test
  void columnsAreMappedByTheClientAndSeparatorsFoundOut() {
    World.TestWorkspace own = WORLD.aWorkspace();
    JsonNode body = imported(own, "?defaultCountryCode=%2B44&source=crm&mapping=" + encoded("""
        {"Tel":"phone","Spalte":"custom:rank","Geheim":""}"""), "\uFEFFname;Tel;Spalte;Geheim\nAda King Noel;07700 900123;7;x\n");
    assertThat(body.at("/import/savedCount").intValue()).as(body.toString()).isEqualTo(1);
    JsonNode lead = own.api().get("/api/leads").json().at("/leads/0");
    assertThat(lead.path("firstName").asText()).isEqualTo("Ada");
    assertThat(lead.path("lastName").asText()).isEqualTo("King Noel");
    assertThat(lead.path("phone").asText()).isEqualTo("+447700900123");
    assertThat(lead.path("customFields").toString()).isEqualTo("{\"rank\":\"7\"}");
    assertThat(lead.path("source").asText()).isEqualTo("crm");
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({"UTF-8,", "windows-1252,", "UTF-16,", "UTF-16LE,utf-16le", "windows-1252,windows-1252", "UTF-16BE,utf-16"})
  void aFileIsReadInTheCharsetItIsWrittenIn(String charset, @Nullable String said) {
    World.TestWorkspace own = WORLD.aWorkspace();
    String text = ("UTF-16LE".equals(charset) ? "\uFEFF" : "") + "first name;phone\nZo\u00eb Stra\u00dfe;+12025550101\n";
    String query = said == null || said.equals("utf-16le") ? "" : "?encoding=" + said;
    HttpResponse<String> response = send(own.key(), query, HttpRequest.BodyPublishers.ofByteArray(text.getBytes(java.nio.charset.Charset.forName(charset))));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(own.api().get("/api/leads").at("/leads/0/firstName")).isEqualTo("Zo\u00eb Stra\u00dfe");
  }

  /** Nothing is stored that was not read right: what is another charset than the beginning is told by its line. */
  @Test
  void aLineInAnotherCharsetIsToldAndNotStored() throws IOException {
    World.TestWorkspace own = WORLD.aWorkspace();
    java.io.ByteArrayOutputStream file = new java.io.ByteArrayOutputStream();
    file.write(("first name,phone\n" + "Ada,\n".repeat(4_000)).getBytes(StandardCharsets.UTF_8));
    file.write("Zo\u00eb,+12025550101\n".getBytes(StandardCharsets.ISO_8859_1));
    JsonNode result = tuco.http.Json.parse(send(own.key(), "", HttpRequest.BodyPublishers.ofByteArray(file.toByteArray())).body()).path("import");
    assertThat(result.path("savedCount").asInt()).as(result.toString()).isZero();
    assertThat(own.api().get("/api/leads").at("/pagination/totalCount")).isEqualTo("0");
    assertThat(imported(own, "?preview=true", "phone\n1\n").path("encoding").asText()).isEqualTo("utf-8");
    HttpResponse<String> wrong = send(own.key(), "?encoding=utf-8", HttpRequest.BodyPublishers.ofByteArray("first name,phone\nZo\u00eb,+12025550101\n".getBytes(StandardCharsets.ISO_8859_1)));
    assertThat(tuco.http.Json.parse(wrong.body()).at("/import/errors/0/message").asText())
        .isEqualTo("is not in the file's encoding; save the file as UTF-8, or say encoding=windows-1252");
  }

  @Test
  void whatIsBrokenInAFileIsToldWithItsLine() {
    World.TestWorkspace own = WORLD.aWorkspace();
    JsonNode open = imported(own, "", "first name,phone\nAda,+12025550101\n\"Mia,+12025550102\n" + "Bea,+12025550103\n".repeat(50)).path("import");
    assertThat(open.path("savedCount").asInt()).isEqualTo(1);
    assertThat(open.at("/errors/0/line").asInt()).isEqualTo(3);
    assertThat(open.at("/errors/0/message").asText()).contains("is a quotation mark not closed?");
    HttpResponse<String> huge = send(own.key(), "", HttpRequest.BodyPublishers.ofString("first name,phone\nAda,+12025550104\n" + "x".repeat(10_000_000) + ",+12025550105\n"));
    assertThat(huge.statusCode()).as(huge.body()).isEqualTo(400);
    assertThat(tuco.http.Json.parse(huge.body()).path("error").asText()).startsWith("The file is not valid CSV: ").contains("line 3");
    assertThat(own.api().get("/api/leads").at("/pagination/totalCount")).as("K7: refused whole").isEqualTo("1");
  }

  @Test
  void twoColumnsOfOneNameAreBothKept() {
    World.TestWorkspace own = WORLD.aWorkspace();
    imported(own, "", "phone,Plan,Plan,phone\n+12025550101,gold,silver,+12025550102\n");
    JsonNode fields = own.api().get("/api/leads").json().at("/leads/0/customFields");
    assertThat(fields.properties()).extracting(field -> field.getKey() + "=" + field.getValue().asText())
        .containsExactlyInAnyOrder("Plan=gold", "Plan 2=silver", "phone=+12025550102");
  }

  /** What was saved before stays and is told; repeating the file goes on with the rest. */
  @Test
  void anUploadThatBreaksOffSaysSoAndIsGoneOnWithByRepeatingIt() throws Exception {
    World.TestWorkspace own = WORLD.aWorkspace();
    String file = "phone\n" + numbers(0, 6_000);
    try (java.net.Socket socket = new java.net.Socket("127.0.0.1", URI.create(url()).getPort())) {
      socket.getOutputStream().write(("POST /api/leads/import HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + own.key() + "\r\nContent-Type: text/csv\r\nContent-Length: "
          + file.length() + "\r\n\r\n" + file.substring(0, 60_000)).getBytes(StandardCharsets.UTF_8));
      Eventually.within(java.time.Duration.ofSeconds(20), () -> assertThat(own.api().get("/api/leads/imports").at("/imports/0/savedCount")).isEqualTo("4000"));
    }
    Eventually.within(java.time.Duration.ofSeconds(20), () -> assertThat(own.api().get("/api/leads/imports").at("/imports/0/status")).isEqualTo("failed"));
    assertThat(own.api().get("/api/leads/imports").at("/imports/0/failure")).isEqualTo("The upload broke off.");
    assertThat(own.api().get("/api/leads").at("/pagination/totalCount")).isEqualTo("4000");
    JsonNode again = imported(own, "", file).path("import");
    assertThat(again.path("savedCount").asInt()).isEqualTo(2_000);
    assertThat(again.path("duplicateCount").asInt()).isEqualTo(4_000);
  }

  @Test
  void aPreviewShowsTenLinesAndWritesNothing() {
    World.TestWorkspace own = WORLD.aWorkspace();
    JsonNode body = imported(own, "?preview=true", FILE + "a,b,c@example.com,,,,,\n".repeat(50));
    assertThat(body.path("rows")).hasSize(10);
    assertThat(body.path("validCount").intValue()).isEqualTo(6);
    assertThat(body.path("invalidCount").intValue()).isEqualTo(4);
    assertThat(body.at("/columns/3/field").asText()).isEqualTo("phone");
    assertThat(body.at("/columns/5/field").asText()).isEqualTo("custom:Plan");
    assertThat(own.api().get("/api/leads").at("/pagination/totalCount")).isEqualTo("0");
    assertThat(own.api().get("/api/leads/imports").json().path("imports")).isEmpty();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
      "empty             |                       | ~~          | 400 | The file is empty; its first line must name the columns",
      "no address        |                       | name,plan   | 400 | No column holds a phone number or an e-mail address; call one phone or email, or name it in mapping",
      "mapping no JSON   | ?mapping=x            | phone       | 400 | mapping must be a JSON object of column names and field names",
      "no such column    | ?mapping=%7B%22a%22:%22phone%22%7D | phone | 400 | The file has no column a",
      "no such field     | ?mapping=%7B%22b%22:%22x%22%7D | phone,b | 400 | Column b is mapped to x, which is no field of a lead",
      "delimiter         | ?delimiter=x          | phone       | 400 | delimiter must be comma, semicolon or tab",
      "encoding          | ?encoding=x           | phone       | 400 | encoding must be utf-8, utf-16 or windows-1252",
      "country           | ?defaultCountryCode=x | phone       | 400 | defaultCountryCode must be a country code, for example +1",
      "malformed list    | ?listId=x             | phone       | 400 | Invalid listId",
      "foreign list      | ?listId=FOREIGN       | phone       | 403 | This id belongs to another workspace.",
  })
  void aFaultyImportIsRefused(String what, @Nullable String query, @Nullable String csv, int status, String error) {
    World.TestWorkspace own = WORLD.aWorkspace();
    HttpResponse<String> response = send(own.key(),
        (query == null ? "" : query).replace("FOREIGN", tuco.ids.Ids.text(tuco.ids.Kind.LIST, new java.util.UUID(1L << 32, 1))),
        HttpRequest.BodyPublishers.ofString(csv == null ? "" : csv));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(tuco.http.Json.parse(response.body()).path("error").asText()).isEqualTo(error);
    assertThat(own.api().get("/api/lists").json().path("lists")).as("K7").isEmpty();
  }

  @Test
  void aRevokedKeyStopsAnImportThatRuns() throws Exception {
    World.TestWorkspace own = WORLD.aWorkspace();
    var key = WORLD.aKey(own.id(), Right.FULL);
    InputStream in;
    CompletableFuture<HttpResponse<String>> answer;
    try (PipedOutputStream file = new PipedOutputStream()) {
      in = new PipedInputStream(file, 1 << 20);
      answer = CompletableFuture.supplyAsync(
          () -> send(key.secret(), "", HttpRequest.BodyPublishers.ofInputStream(() -> in)));
      write(file, "phone\n");
      write(file, numbers(0, 4_000));
      Eventually.within(java.time.Duration.ofSeconds(20), () -> assertThat(own.api().get("/api/leads/imports").at("/imports/0/savedCount"))
          .as("progress is seen while it runs").isEqualTo("2000"));
      WORLD.database().asWorkspace(own.id(), tx -> {
        tx.query("select 1 from (select pg_advisory_xact_lock(7001, :tag)) as locked")
            .bind("tag", tuco.ids.Ids.tag(own.id())).mapTo(Integer.class).one();
        return tx.update("update api_keys set disabled_at = now() where workspace_id = :w and key_id = :k")
            .bind("w", own.id()).bind("k", key.keyId()).execute();
      });
      write(file, numbers(4_000, 6_000));
    }
    assertThat(answer.get().statusCode()).as("K8").isEqualTo(401);
    assertThat(own.api().get("/api/leads/imports").at("/imports/0/status")).isEqualTo("failed");
    assertThat(own.api().get("/api/leads/imports").at("/imports/0/failure")).isEqualTo("The access of the importing key or member ended.");
  }

  private static void write(PipedOutputStream file, String text) throws IOException {
    file.write(text.getBytes(StandardCharsets.UTF_8));
    file.flush();
  }

  private static String numbers(int from, int to) {
    StringBuilder lines = new StringBuilder();
    for (int n = from; n < to; n++) {
      lines.append("+1202555%04d\n".formatted(n));
    }
    return lines.toString();
  }

  @Test
  void anExportIsReadBackByTheImport() {
    World.TestWorkspace own = WORLD.aWorkspace();
    own.api().post("/api/leads", """
        {"leads":[{"firstName":"Ada","phone":"+12025550101","altEmail2":"ada@example.com","notes":"=HYPERLINK(1)","tags":["a","b"],
                   "ghlContactId":"g","customFields":{"plan":"gold","n":3}},
                  {"firstName":"Mia, \\"M\\"","email":"mia@example.com","customFields":{"other":"x"}}]}""");
    Api.Answer part = own.api().get("/api/leads/export?limit=1");
    assertThat(part.header("Content-Type")).startsWith("text/csv");
    assertThat(part.text().lines()).hasSize(2);
    Api.Answer rest = own.api().get("/api/leads/export?cursor=" + part.header("X-Next-Cursor"));
    assertThat(rest.header("X-Next-Cursor")).isEmpty();
    assertThat(rest.text().lines()).hasSize(2);
    Api.Answer whole = own.api().get("/api/leads/export");
    assertThat(whole.text()).as("no formula for spreadsheets").contains("'=HYPERLINK");

    World.TestWorkspace other = WORLD.aWorkspace();
    assertThat(imported(other, "", whole.text()).at("/import/savedCount").intValue()).isEqualTo(2);
    JsonNode ada = other.api().get("/api/leads?search=ada").json().at("/leads/0");
    assertThat(ada.path("notes").asText()).isEqualTo("=HYPERLINK(1)");
    assertThat(ada.path("altEmail2").asText()).isEqualTo("ada@example.com");
    assertThat(ada.path("customFields").toString()).isEqualTo("{\"n\":\"3\",\"plan\":\"gold\"}");
    assertThat(ada.at("/integrationIds/ghlRecordId").asText()).isEqualTo("g");
  }

  @Test
  void theCommandLineImportsAndSumsUp(@TempDir Path directory) throws IOException {
    World.TestWorkspace own = WORLD.aWorkspace();
    Path file = Files.writeString(directory.resolve("leads.csv"), FILE);
    Run run = run(file.toString(), "--key", own.key(), "--url", url(), "--list", "Spring");
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    assertThat(run.out()).containsPattern("9 lines in [0-9.,]+ s: 3 saved, 2 duplicate, 4 invalid\\.")
        .contains("line 5 invalid: Mobile: phone must be a phone number")
        .contains("line 8 duplicate: is ld_");
    assertThat(own.api().get("/api/leads").at("/pagination/totalCount")).isEqualTo("3");
  }

  @Test
  void theCommandLineShowsAPreviewAndSavesNothing(@TempDir Path directory) throws IOException {
    World.TestWorkspace own = WORLD.aWorkspace();
    Path file = Files.writeString(directory.resolve("leads.csv"), FILE + "a,b,c@example.com,,,,,\n".repeat(20_000));
    Run run = run(file.toString(), "--key", own.key(), "--url", url(), "--preview", "--map", "Plan=jobTitle");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).contains("Mobile -> phone", "Plan -> jobTitle", "Of the first 10 lines, 6 can be read. Nothing was saved.",
        "line 5 invalid: Mobile: phone must be a phone number");
    assertThat(own.api().get("/api/leads/imports").json().path("imports")).isEmpty();
    Path hopeless = Files.writeString(directory.resolve("hopeless.csv"), "Plan\ngold\n");
    assertThat(run(hopeless.toString(), "--key", own.key(), "--url", url(), "--preview").out())
        .contains("Plan -> custom:Plan", "No column holds a phone number or an e-mail address", "line 2 invalid: Either email or phone is required");
  }

  @Test
  void anImportWhoseServerDiedSaysSo() {
    World.TestWorkspace own = WORLD.aWorkspace();
    String id = imported(own, "", "phone\n+12025550101\n").at("/import/_id").asText();
    WORLD.database().asWorkspace(own.id(), tx ->
        tx.ownUpdate("update imports set status = 'running', updated_at = updated_at - interval '6 minutes' where workspace_id = :workspace").execute());
    JsonNode died = own.api().get("/api/leads/imports/" + id).json().path("import");
    assertThat(died.path("status").asText()).isEqualTo("failed");
    assertThat(died.path("failure").asText()).contains("The server stopped while it ran");
    assertThat(own.api().get("/api/leads/imports").at("/imports/0/status")).isEqualTo("failed");
  }

  @Test
  void theCommandLineSaysInOneSentenceWhatIsWrong(@TempDir Path directory) throws IOException {
    Path file = Files.writeString(directory.resolve("leads.csv"), FILE);
    Run wrongKey = run(file.toString(), "--key", "tuco_sk_wrong", "--url", url());
    assertThat(wrongKey.code()).isEqualTo(1);
    assertThat(wrongKey.err().strip()).isEqualTo("The import was refused (401): Unauthorized");
    var readOnly = WORLD.aKey(WORLD.aWorkspace().id(), Set.of(Right.LEADS_READ));
    assertThat(run(file.toString(), "--key", readOnly.secret(), "--url", url()).err()).contains("(403)").contains("leads:write");
    assertThat(run(directory.resolve("none.csv").toString(), "--key", "k").err()).contains("does not exist");
    assertThat(run(file.toString(), "--key", "k", "--url", "http://127.0.0.1:1").err()).contains("No server answers at http://127.0.0.1:1");
    assertThat(run(file.toString(), "--key", "k", "--url", "nonsense").err().strip())
        .isEqualTo("nonsense is no address; it should read like http://localhost:8080.");
    Path empty = Files.createFile(directory.resolve("empty.csv"));
    assertThat(run(empty.toString(), "--key", WORLD.aWorkspace().key(), "--url", url()).err().strip()).startsWith("The import was refused (400): ");
    try (ServerSocket dying = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread.startVirtualThread(() -> hangUp(dying));
      String there = "http://127.0.0.1:" + dying.getLocalPort();
      assertThat(run(file.toString(), "--key", "k", "--url", there).err().strip()).isEqualTo(
          "The connection to " + there + " broke off before the import was confirmed; start it again, that saves nobody twice.");
    }
  }

  private static void hangUp(ServerSocket server) {
    try (Socket client = server.accept()) {
      assertThat(client.getInputStream().read()).isPositive();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private record Run(int code, String out, String err) {}

  private static Run run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = new CommandLine(new Import())
        .setOut(new PrintWriter(out)).setErr(new PrintWriter(err))
        .setExecutionExceptionHandler((failure, command, parsed) -> {
          command.getErr().println(failure.getMessage());
          return 1;
        })
        .execute(arguments);
    return new Run(code, out.toString(), err.toString());
  }
}
