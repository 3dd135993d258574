package tuco;

import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import tuco.access.Keys;
import tuco.access.People;
import tuco.caller.Right;
import tuco.caller.Role;
import tuco.config.Config;
import tuco.config.StripeSettings;
import tuco.db.Database;
import tuco.db.DatabaseUrl;
import tuco.db.Roles;
import tuco.db.TestDatabase;
import tuco.http.Server;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.inbox.Inbound;
import tuco.inbox.Inbox;
import tuco.mail.MailSettings;
import tuco.traces.Traces;

/** The world of a test: one fresh migrated database, any number of real nodes on it, workspaces with keys. */
public final class World implements AutoCloseable {
  /** Everybody's password; hashed once, because that is slow on purpose. */
  public static final String PASSWORD = "correct horse";

  private static final String PASSWORD_HASH = People.hash(PASSWORD);
  private static final AtomicInteger COUNT = new AtomicInteger();

  public final DatabaseUrl owner;
  private final Clock clock;
  private final Deque<Node> nodes = new ArrayDeque<>();

  public World() {
    this(Clock.systemUTC());
  }

  /** A world whose nodes live by this clock. */
  public World(Clock clock) {
    this.clock = clock;
    this.owner = DatabaseUrl.parse(TestDatabase.migrated());
  }

  /** Starts one more node. */
  public Node startNode() {
    Node node = new Node(config(), clock).start();
    nodes.add(node);
    return node;
  }

  /** One more node that answers and does nothing else. */
  public Node startApiNode() {
    Node node = new Node(configOf(owner, false), clock).start();
    nodes.add(node);
    return node;
  }

  /** One more node, which mails through this server. */
  public Node startNodeWith(MailSettings mail) {
    Config plain = config();
    Node node = new Node(
        new Config(plain.app(), plain.engine(), plain.http(), plain.publicUrl(), plain.secretKey(), plain.api(),
            plain.worker(), plain.privateWebhooks(), mail), clock).start();
    nodes.add(node);
    return node;
  }

  /** One more node, which takes Stripe's events. */
  public Node startNodeWith(StripeSettings stripe) {
    Config plain = config();
    Node node = new Node(
        new Config(plain.app(), plain.engine(), plain.http(), plain.publicUrl(), plain.secretKey(), plain.api(),
            plain.worker(), plain.privateWebhooks(), plain.privateMail(), plain.mail(), stripe, null, null), clock).start();
    nodes.add(node);
    return node;
  }

  /** One more node, which is traced. */
  public Node startNodeWith(Traces.Settings traces) {
    Config plain = config();
    Node node = new Node(
        new Config(plain.app(), plain.engine(), plain.http(), plain.publicUrl(), plain.secretKey(), plain.api(),
            plain.worker(), plain.privateWebhooks(), plain.privateMail(), plain.mail(), StripeSettings.none(), null, traces), clock).start();
    nodes.add(node);
    return node;
  }

  /** Starts one more node that the outside reaches at this address. */
  public Node startNodeAt(String publicUrl) {
    Config config = config();
    Node node = new Node(
        new Config(config.app(), config.engine(), config.http(), publicUrl, config.secretKey(), true, true, true, config.mail()), clock).start();
    nodes.add(node);
    return node;
  }

  /** One more node, which connects to public addresses only. */
  public Node startNodeWithoutPrivateAddresses() {
    Config open = config();
    Node node = new Node(
        new Config(open.app(), open.engine(), open.http(), open.publicUrl(), open.secretKey(), open.api(), open.worker(), false,
            open.mail()), clock).start();
    nodes.add(node);
    return node;
  }

  /** One more node, whose way to the database leads through this local port. */
  public Node startNodeThrough(int port) {
    Config direct = config();
    Node node = new Node(
        new Config(through(direct.app(), port), through(direct.engine(), port), direct.http(), direct.publicUrl(),
            direct.secretKey(), direct.api(), direct.worker(), direct.privateWebhooks(), direct.mail()), clock).start();
    nodes.add(node);
    return node;
  }

  /** One more node, in front of which stand these proxies. */
  public Node startNodeBehind(List<String> proxies) {
    Config plain = config();
    Node node = new Node(
        new Config(plain.app(), plain.engine(), new Server.Settings("127.0.0.1", 0, proxies), plain.publicUrl(), plain.secretKey(),
            plain.api(), plain.worker(), plain.privateWebhooks(), plain.mail()), clock).start();
    nodes.add(node);
    return node;
  }

  private static DatabaseUrl through(DatabaseUrl url, int port) {
    return new DatabaseUrl("127.0.0.1", port, url.database(), url.user(), url.password());
  }

  /** A configuration of this world's database with a free port. */
  public Config config() {
    return configOf(owner, true);
  }

  /** A configuration of a database with a free port. */
  public static Config configOf(DatabaseUrl owner, boolean worker) {
    return new Config(
        owner.as(Roles.APP, Roles.password(owner, Roles.APP)),
        owner.as(Roles.ENGINE, Roles.password(owner, Roles.ENGINE)),
        new Server.Settings("127.0.0.1", 0, List.of()), null, new byte[32], true, worker, true, null);
  }

  /** The first node, started when there is none yet. */
  public Node node() {
    return nodes.isEmpty() ? startNode() : nodes.getFirst();
  }

  public Database database() {
    return node().database;
  }

  /** A new workspace with an owner and a key with full access. */
  public TestWorkspace aWorkspace() {
    int n = COUNT.incrementAndGet();
    String email = "owner" + n + "@example.com";
    UUID person = database().withoutTenant(tx -> node().access.people.create(tx, email, "Owner " + n, PASSWORD_HASH));
    UUID workspace = node().access.workspaces.newId();
    database().asWorkspace(workspace, tx -> {
      node().access.workspaces.create(tx, workspace, "Workspace " + n, "production", person);
      return workspace;
    });
    Keys.Created key = database().asWorkspace(
        workspace, tx -> node().access.keys.create(tx, workspace, "Test key", "production", Right.FULL));
    return new TestWorkspace(this, workspace, person, email, PASSWORD, key.keyId(), key.secret());
  }

  /** A simulator line without limits; answers its id as the API writes it. */
  public String aSimulatorLine(UUID workspace) {
    UUID line = ids().next(Ids.tag(workspace));
    database().asWorkspace(workspace, tx -> {
      tx.update("""
              with l as (
                insert into lines (workspace_id, line_id, kind, channel_type, address, created_at, updated_at)
                values (:w, :l, 'simulator', 'phone', '+15555550100', now(), now()) returning workspace_id, line_id
              )
              insert into line_leases (workspace_id, line_id) values (:w, :l)""")
          .bind("w", workspace).bind("l", line).execute();
      return line;
    });
    return Ids.text(Kind.LINE, line);
  }

  /** What records inbound messages on this node. */
  public static Inbox inbox(Node node) {
    return node.inbox;
  }

  /** Records an inbound message, as whoever brings it does. */
  public Inbox.Recorded arrives(UUID workspace, Inbound inbound) {
    return database().asWorkspace(workspace, tx -> inbox(node()).record(tx, inbound));
  }

  /** The first node's ids. */
  public Ids ids() {
    return node().ids;
  }

  /** Where the first node is. */
  public String url() {
    return "http://127.0.0.1:" + node().port();
  }

  /** A client of the first node without any credential. */
  public Api anonymous() {
    return new Api(url(), null);
  }

  /** A client of the first node with this credential. */
  public Api api(String credential) {
    return new Api("http://127.0.0.1:" + node().port(), credential);
  }

  /** One more key of a workspace, with these rights. */
  public Keys.Created aKey(UUID workspace, Set<Right> rights) {
    return database().asWorkspace(workspace, tx -> node().access.keys.create(tx, workspace, "Another key", "production", rights));
  }

  /** One more member of a workspace, with the password {@link #PASSWORD}. */
  public UUID aMember(UUID workspace, Role role, String email) {
    UUID person = database().withoutTenant(tx -> node().access.people.create(tx, email, "", PASSWORD_HASH));
    database().asWorkspace(workspace, tx -> {
      node().access.workspaces.addMember(tx, workspace, person, role);
      return person;
    });
    return person;
  }

  /** Stops one of the nodes before the others. */
  public void stop(Node node) {
    nodes.remove(node);
    node.close();
  }

  @Override
  public void close() {
    while (!nodes.isEmpty()) {
      nodes.removeLast().close();
    }
  }

  /** A workspace made for a test. */
  public record TestWorkspace(
      World world, UUID id, UUID ownerId, String ownerEmail, String ownerPassword, UUID keyId, String key) {
    /** A client with the workspace's key. */
    public Api api() {
      return world.api(key);
    }

    /** The same on one of the nodes. */
    public Api api(Node node) {
      return new Api("http://127.0.0.1:" + node.port(), key);
    }
  }
}
