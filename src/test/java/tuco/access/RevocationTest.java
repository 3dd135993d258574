package tuco.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tuco.Api;
import tuco.Eventually;
import tuco.NodeProcess;
import tuco.TcpProxy;
import tuco.World;
import tuco.caller.Right;
import tuco.caller.Role;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * The revocation guarantee (K8): once a change of access is confirmed, no call that begins later succeeds, on any node,
 * and no write begun earlier commits later. Four nodes on one database, 32 clients that read and write, and trouble:
 * a node stopped in the middle (SIGSTOP), its connections cut, its way to the database gone silent.
 * {@code -Dtuco.revocation.rounds=1000} runs the long version.
 */
class RevocationTest {
  private static final int ROUNDS = Integer.getInteger("tuco.revocation.rounds", 12);
  private static final int CLIENTS = 32;

  private static World world;
  private static TcpProxy wire;
  private static NodeProcess process;
  private static List<String> nodes;

  private enum Change { REMOVED, DISABLED, ROTATED, RE_SCOPED, EXPIRED_OVERLAP, LEAKED, ADDRESSES_RESTRICTED, MEMBER_REMOVED, ROLE_LOWERED, SIGNED_OUT,
    SUSPENDED, WORKSPACE_REMOVED }

  private enum Trouble { PAUSED, SILENT, CUT, NONE }

  @BeforeAll
  static void start() {
    world = new World();
    world.node();
    wire = new TcpProxy(world.owner.host(), world.owner.port());
    process = new NodeProcess(world);
    nodes = List.of(
        world.url(),
        "http://127.0.0.1:" + world.startNode().port(),
        "http://127.0.0.1:" + world.startNodeThrough(wire.port()).port(),
        process.url());
  }

  @AfterAll
  static void stop() {
    process.close();
    wire.heal();
    world.close();
    wire.close();
  }

  @TestFactory
  Stream<DynamicTest> nothingSucceedsOnceAChangeOfAccessIsConfirmed() {
    long seed = Long.getLong("tuco.revocation.seed", System.nanoTime());
    Random random = new Random(seed);
    return IntStream.range(0, ROUNDS).mapToObj(i -> {
      Change change = Change.values()[i % Change.values().length];
      Trouble trouble = Trouble.values()[(i + i / 4) % Trouble.values().length];
      return DynamicTest.dynamicTest(
          change + " with " + trouble + ", round " + i + ", seed " + seed, () -> new Round(change, trouble, random).run());
    });
  }

  private record Call(long began, boolean write, int status, String node) {
    boolean succeeded() {
      return status / 100 == 2;
    }
  }

  /** One credential, 32 clients on it, one change of access in the middle. */
  private static final class Round {
    private final Change change;
    private final Trouble trouble;
    private final Random random;
    private final World.TestWorkspace workspace = world.aWorkspace();
    private final Queue<Call> calls = new ConcurrentLinkedQueue<>();
    private final AtomicInteger count = new AtomicInteger();
    private final List<String> messages = new ArrayList<>();
    private final Api owner;
    private UUID keyId = workspace.keyId();
    private UUID member = workspace.ownerId();
    private String credential = workspace.key();
    private volatile boolean over;

    Round(Change change, Trouble trouble, Random random) {
      this.change = change;
      this.trouble = trouble;
      this.random = random;
      // Through a node that is well: the answer is the confirmation.
      this.owner = new Api(nodes.get(random.nextInt(2)), world.aKey(workspace.id(), EnumSet.allOf(Right.class)).secret());
    }

    void run() throws Exception {
      prepare();
      ExecutorService pool = Executors.newFixedThreadPool(CLIENTS);
      try {
        for (int i = 0; i < CLIENTS; i++) {
          int client = i;
          pool.execute(() -> client(client));
        }
        Eventually.within(Duration.ofSeconds(20), () -> {
          assertThat(calls.stream().filter(call -> call.write() && call.succeeded()).count()).isGreaterThan(100);
          for (String node : nodes) {
            assertThat(calls).anyMatch(call -> call.succeeded() && call.node().equals(node));
          }
        });
        begin(trouble);
        long asked = System.nanoTime();
        change();
        long confirmed = System.nanoTime();
        String written = written();
        assertThat(Duration.ofNanos(confirmed - asked)).as("nobody delays a revocation for long").isLessThan(Duration.ofSeconds(8));
        afterwards(confirmed, 200);
        end(trouble);
        afterwards(System.nanoTime(), 200);
        over = true;
        pool.shutdown();
        assertThat(pool.awaitTermination(40, TimeUnit.SECONDS)).isTrue();

        assertThat(calls.stream().filter(call -> call.began() > confirmed && call.succeeded() && forbidden(call)))
            .as("calls that began after the confirmation and succeeded").isEmpty();
        assertThat(written()).as("what was written when the change was confirmed and at the end").isEqualTo(written);
      } finally {
        over = true;
        end(trouble);
        pool.shutdownNow();
      }
    }

    private void prepare() {
      world.aSimulatorLine(workspace.id());
      for (int i = 0; i < CLIENTS; i++) {
        Api.Answer sent = workspace.api().post("/api/messages", message("before", i));
        assertThat(sent.status()).as(sent.text()).isIn(200, 201);
        messages.add(sent.at("messageId"));
      }
      switch (change) {
        case MEMBER_REMOVED, ROLE_LOWERED, SIGNED_OUT -> {
          String email = "leaver" + workspace.ownerEmail();
          member = world.aMember(workspace.id(), Role.MEMBER, email);
          credential = world.anonymous().post(
              "/api/sessions", "{\"email\":\"" + email + "\",\"password\":\"correct horse\"}").at("token");
        }
        case EXPIRED_OVERLAP -> assertThat(owner.post(key() + "/rotate", "{\"overlapSeconds\":600}").status()).isEqualTo(200);
        default -> keyId = workspace.keyId();
      }
    }

    private String key() {
      return "/api/api-keys/" + Ids.text(Kind.KEY, keyId);
    }

    private static String message(String text, int n) {
      return "{\"message\":\"" + text + " " + n + "\",\"recipientEmail\":\"r" + n % 7 + "@example.com\","
          + "\"scheduledDate\":\"2199-01-01T00:00:00Z\"}";
    }

    private void client(int client) {
      String node = nodes.get(client % nodes.size());
      Api api = new Api(node, credential);
      while (!over) {
        int n = count.incrementAndGet();
        long began = System.nanoTime();
        int status;
        try {
          status = switch (n % 3) {
            case 0 -> api.get("/api/messages?limit=1").status();
            case 1 -> api.post("/api/messages", message("m", n)).status();
            default -> api.patch("/api/messages/" + messages.get(client), "{\"message\":\"edited " + n + "\"}").status();
          };
        } catch (UncheckedIOException e) {
          status = 0; // No answer is no success.
        }
        calls.add(new Call(began, n % 3 != 0, status, node));
      }
    }

    private void begin(Trouble now) {
      switch (now) {
        case PAUSED -> process.pause();
        case SILENT -> wire.silence();
        case CUT -> wire.cut();
        case NONE -> assertThat(random).isNotNull();
      }
    }

    private static void end(Trouble now) {
      switch (now) {
        case PAUSED -> process.go();
        case SILENT, CUT -> wire.heal();
        case NONE -> { }
      }
    }

    private void change() {
      Api.Answer answer = switch (change) {
        case REMOVED -> owner.delete(key());
        case DISABLED -> owner.post(key() + "/disable", "");
        case ROTATED -> owner.post(key() + "/rotate", "");
        case RE_SCOPED -> owner.patch(key(), "{\"rights\":[\"usage:read\"]}");
        case EXPIRED_OVERLAP -> owner.post(key() + "/end-overlap", "");
        case LEAKED -> owner.post("/api/leaked-keys", "{\"tokens\":[\"" + credential + "\"]}");
        case MEMBER_REMOVED -> owner.delete("/api/members/" + Ids.text(Kind.PERSON, member));
        case ROLE_LOWERED -> owner.patch("/api/members/" + Ids.text(Kind.PERSON, member), "{\"role\":\"viewer\"}");
        case ADDRESSES_RESTRICTED -> owner.patch(key(), "{\"allowedAddresses\":[\"192.0.2.0/24\"]}");
        case SIGNED_OUT -> new Api(nodes.get(random.nextInt(2)), credential).delete("/api/sessions/current");
        case SUSPENDED -> suspend();
        case WORKSPACE_REMOVED -> new Api(nodes.get(random.nextInt(2)), SignedIn.signIn(world, workspace.ownerEmail(), workspace.ownerPassword())
            .at("token")).delete("/api/workspaces/" + Ids.text(Kind.WORKSPACE, workspace.id()));
      };
      assertThat(answer.status()).as(answer.text()).isIn(200, 202);
    }

    /** As the operator does it, on the database; the call after it only stands for the confirmation. */
    private Api.Answer suspend() {
      world.database().asWorkspace(workspace.id(), tx -> {
        AccessLock.exclusive(tx, Ids.tag(workspace.id()));
        return tx.update("update workspaces set read_only_reason = 'suspended' where workspace_id = :workspace")
            .bind("workspace", workspace.id()).execute();
      });
      return owner.get("/api/whoami");
    }

    /** Whether the change forbids the call: a viewer still reads, and so does everybody in read-only mode. */
    private boolean forbidden(Call call) {
      return call.write() || change != Change.ROLE_LOWERED && change != Change.SUSPENDED;
    }

    /** All that the clients can write, as it is committed now. */
    private String written() {
      return world.database().crossing(tx -> tx.query("""
              select count(*) || ' ' || md5(string_agg(m.message_id || m.text, ' ' order by m.message_id))
                from messages m
               where m.workspace_id = :workspace""")
          .bind("workspace", workspace.id()).mapTo(String.class).one());
    }

    private void afterwards(long instant, int wanted) {
      Eventually.within(Duration.ofSeconds(20),
          () -> assertThat(calls.stream().filter(call -> call.began() > instant).count()).isGreaterThan(wanted));
    }
  }
}
