package tuco.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tuco.Api;
import tuco.Eventually;
import tuco.World;
import tuco.audit.Action;
import tuco.audit.Audit;
import tuco.caller.Right;
import tuco.caller.Role;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Requests of more than one transaction: what is taken away while one runs ends it (K8), and slow ones hold nobody up. */
class LongRequestsTest {
  private static World world;

  @BeforeAll
  static void start() {
    world = new World();
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  private record Change(String name, int status, String failure, Consumer<Import> made) {}

  @TestFactory
  Stream<DynamicTest> anImportEndsWithTheRightToImport() {
    return Stream.of(
        new Change("re-scoped", 403, "This needs the right leads:write.", run -> run.key("{\"rights\":[\"leads:read\"]}")),
        new Change("restricted to other addresses", 403, "This key may not be used from this address.",
            run -> run.key("{\"allowedAddresses\":[\"192.0.2.0/24\"]}")),
        new Change("rotated", 401, "The access of the importing key or member ended.", Import::rotate),
        new Change("member lowered", 403, "This needs the right leads:write.", Import::lower),
        new Change("session ended", 401, "The access of the importing key or member ended.", Import::signOut),
        new Change("suspended", 402, "READ_ONLY", Import::suspend))
        .map(change -> DynamicTest.dynamicTest(change.name(), () -> {
          Import run = new Import(change.name().contains("member") || change.name().contains("session"));
          change.made().accept(run);
          int saved = run.leads();
          Api.Answer answer = run.end();
          assertThat(answer.status()).as(answer.text()).isEqualTo(change.status());
          assertThat(run.leads()).as("leads when the change was confirmed and at the end").isEqualTo(saved).isEqualTo(2_000);
          assertThat(run.admin.get("/api/leads/imports").at("/imports/0/failure")).isEqualTo(change.failure());
        }));
  }

  /** An import of 6,000 leads, the first 2,000 of which are stored, whose client goes on when it is told to. */
  private static final class Import {
    private final World.TestWorkspace workspace = world.aWorkspace();
    private final Api admin = world.api(world.aKey(workspace.id(), EnumSet.allOf(Right.class)).secret());
    private final String member = "importer-" + workspace.ownerEmail();
    private final String credential;
    private final CompletableFuture<Void> more = new CompletableFuture<>();
    private final CompletableFuture<Api.Answer> answer;
    private UUID person = workspace.ownerId();

    Import(boolean byMember) {
      if (byMember) {
        person = world.aMember(workspace.id(), Role.MEMBER, member);
      }
      credential = byMember ? SignedIn.signIn(world, member, World.PASSWORD).at("token") : workspace.key();
      answer = CompletableFuture.supplyAsync(() -> world.api(credential).upload("/api/leads/import", "text/csv", out -> {
        out.write(("email\n" + rows(0, 3_999)).getBytes(StandardCharsets.UTF_8));
        out.flush();
        more.join();
        out.write(rows(3_999, 6_000).getBytes(StandardCharsets.UTF_8));
      }));
      Eventually.within(Duration.ofSeconds(20),
          () -> assertThat(admin.get("/api/leads/imports").at("/imports/0/savedCount")).isEqualTo("2000"));
    }

    private static String rows(int from, int to) {
      return IntStream.range(from, to).mapToObj(n -> "lead" + n + "@example.com\n").collect(Collectors.joining());
    }

    void key(String change) {
      assertThat(admin.patch("/api/api-keys/" + Ids.text(Kind.KEY, workspace.keyId()), change).status()).isEqualTo(200);
    }

    void rotate() {
      assertThat(admin.post("/api/api-keys/" + Ids.text(Kind.KEY, workspace.keyId()) + "/rotate", "").status()).isEqualTo(200);
    }

    void lower() {
      assertThat(admin.patch("/api/members/" + Ids.text(Kind.PERSON, person), "{\"role\":\"viewer\"}").status()).isEqualTo(200);
    }

    void signOut() {
      assertThat(world.api(credential).delete("/api/sessions/current").status()).isEqualTo(200);
    }

    void suspend() {
      world.database().changeAccessOf(workspace.id(), tx -> tx.ownUpdate(
          "update workspaces set read_only_reason = 'suspended' where workspace_id = :workspace").execute());
    }

    int leads() {
      return admin.get("/api/leads?limit=1").json().at("/pagination/totalCount").asInt();
    }

    Api.Answer end() {
      more.complete(null);
      return answer.join();
    }
  }

  @Test
  void anExportOfTheAuditLogBreaksOffWithTheRightToReadIt() throws IOException {
    World.TestWorkspace workspace = world.aWorkspace();
    Keys.Created reader = world.aKey(workspace.id(), EnumSet.of(Right.AUDIT_READ));
    Api admin = world.api(world.aKey(workspace.id(), EnumSet.allOf(Right.class)).secret());
    Audit audit = new Audit(java.time.Clock.systemUTC());
    world.database().asWorkspace(workspace.id(), tx -> {
      for (int i = 0; i < 4_000; i++) {
        audit.record(tx, Action.LEAD_EXPORT, Kind.WORKSPACE, workspace.id(), java.util.Map.of("text", "x".repeat(4_000)));
      }
      return 4_000;
    });
    try (Slow slow = new Slow("/api/audit/export", "Authorization: Bearer " + reader.secret())) {
      assertThat(slow.head()).startsWith("HTTP/1.1 200");
      assertThat(admin.patch("/api/api-keys/" + Ids.text(Kind.KEY, reader.keyId()), "{\"rights\":[\"usage:read\"]}").status())
          .isEqualTo(200);
      assertThat(slow.rest()).as("the last chunk, which says that this was all").doesNotEndWith("0\r\n\r\n");
    }
  }

  @Test
  void whoReadsSlowlyHoldsNobodyElseUp() throws IOException {
    World.TestWorkspace workspace = world.aWorkspace();
    JsonNode leads = Json.tree(IntStream.range(0, 100)
        .mapToObj(n -> Json.object().put("email", "r" + n + "@example.com").put("notes", "n".repeat(9_000))).toList());
    for (int i = 0; i < 10; i++) {
      assertThat(workspace.api().post("/api/leads", Json.text(Json.object().set("leads", renamed(leads, i)))).status()).isEqualTo(201);
    }
    String cookie = "Cookie: tuco_session=" + SignedIn.signIn(world, workspace.ownerEmail(), workspace.ownerPassword()).at("token");
    List<Slow> readers = new java.util.ArrayList<>();
    try {
      for (int i = 0; i < 20; i++) {
        Slow reader = new Slow("/leads/export", cookie);
        readers.add(reader);
        assertThat(reader.head()).startsWith("HTTP/1.1 200");
      }
      assertThat(workspace.api().get("/api/whoami").status()).isEqualTo(200);
    } finally {
      for (Slow reader : readers) {
        reader.close();
      }
    }
  }

  private static JsonNode renamed(JsonNode leads, int n) {
    return Json.tree(leads.valueStream().map(lead -> ((com.fasterxml.jackson.databind.node.ObjectNode) lead.deepCopy())
        .put("email", n + lead.path("email").asText())).toList());
  }

  /** A client that reads a little of an answer and then waits. */
  private static final class Slow implements AutoCloseable {
    private final Socket socket = new Socket();

    Slow(String path, String header) throws IOException {
      URI at = URI.create(world.url());
      socket.setReceiveBufferSize(4_096);
      socket.connect(new java.net.InetSocketAddress(at.getHost(), at.getPort()));
      socket.setSoTimeout(30_000);
      OutputStream out = socket.getOutputStream();
      out.write(("GET " + path + " HTTP/1.1\r\nHost: " + at.getAuthority() + "\r\n" + header + "\r\nConnection: close\r\n\r\n")
          .getBytes(StandardCharsets.US_ASCII));
      out.flush();
    }

    String head() throws IOException {
      return new String(socket.getInputStream().readNBytes(1_000), StandardCharsets.UTF_8);
    }

    String rest() {
      StringBuilder all = new StringBuilder();
      byte[] piece = new byte[1 << 16];
      try {
        for (int n = socket.getInputStream().read(piece); n >= 0; n = socket.getInputStream().read(piece)) {
          all.append(new String(piece, 0, n, StandardCharsets.ISO_8859_1));
        }
      } catch (IOException reset) {
        return all.toString();
      }
      return all.toString();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
