package tuco.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Clock;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tuco.Demo;
import tuco.Node;
import tuco.SecretKeyCheck;
import tuco.config.NodeSettings;
import tuco.config.SecretKey;
import tuco.config.Setting;
import tuco.config.Settings;
import tuco.dashboard.Checkout;
import tuco.db.StartFailure;
import tuco.http.Server;

/** Runs a node until it is told to stop (decisions 10.1). */
@Command(name = "up", description = {
    "Start Tuco: the dashboard and the API on one port, and the sending of messages.",
    "Without other settings the data is in an embedded PostgreSQL in ./data. The first start makes a demo workspace"
        + " with a simulated line, an owner and an API key, and prints how to send a message. Stop with Ctrl+C."})
public final class Up implements Callable<Integer> {
  @Mixin private SettingsOptions options = new SettingsOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--port", paramLabel = "PORT", description = "The port to listen on (default: 8080; 0 takes a free one).")
  private @Nullable String port;

  @Option(names = "--host", paramLabel = "ADDRESS",
      description = "The address to listen on (default: 127.0.0.1; 0.0.0.0 takes connections from everywhere).")
  private @Nullable String host;

  @Option(names = "--roles", paramLabel = "ROLES",
      description = "What this node does: api, worker or both, separated by a comma (default: api,worker).")
  private @Nullable String roles;

  @Option(names = "--json", description =
      "Print one line of JSON when ready: url, workspaceId, ownerEmail, ownerPassword, apiKey, lineId. Password and key are there at the first start and null later.")
  private boolean json;

  @Option(names = "--no-demo", description = "Make no demo workspace.")
  private boolean noDemo;

  @Option(names = "--dev", description = "For who changes Tuco's pages: take templates, stylesheets and scripts from the sources, anew with each change.")
  private boolean dev;

  @Override
  public Integer call() throws InterruptedException {
    Settings settings = options.read(further());
    NodeSettings nodeSettings = NodeSettings.of(settings);
    Checkout checkout = dev ? Checkout.ofThisProgram() : null;
    requireFree(nodeSettings.http());
    try (Opened opened = new Opened()) {
      Runtime.getRuntime().addShutdownHook(new Thread(opened::close, "stop"));
      Greeting greeting = start(settings, nodeSettings, checkout, opened);
      PrintWriter out = spec.commandLine().getOut();
      out.println(json ? greeting.json() : greeting.text());
      out.flush();
      // Until a signal ends the process.
      new CountDownLatch(1).await();
    }
    return 0;
  }

  private Map<Setting, String> further() {
    Map<Setting, String> further = new EnumMap<>(Setting.class);
    put(further, Setting.PORT, port);
    put(further, Setting.HOST, host);
    put(further, Setting.ROLES, roles);
    return further;
  }

  private static void put(Map<Setting, String> further, Setting setting, @Nullable String value) {
    if (value != null) {
      further.put(setting, value);
    }
  }

  /** Before anything is made: a second Tuco by mistake is the usual case. */
  static void requireFree(Server.Settings http) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      InetSocketAddress address = new InetSocketAddress(http.host(), http.port());
      if (address.isUnresolved()) {
        throw new StartFailure("There is no address " + http.host() + " to listen on; set --host.");
      }
      socket.bind(address);
    } catch (BindException e) {
      throw new StartFailure(String.valueOf(e.getMessage()).contains("in use")
          ? "Port " + http.port() + " is already in use; choose another with --port."
          : "Tuco cannot listen on " + http.host() + " port " + http.port() + ": " + e.getMessage() + ".", e);
    } catch (IOException e) {
      throw new StartFailure("Tuco cannot listen on " + http.host() + " port " + http.port() + ": " + e.getMessage() + ".", e);
    }
  }

  private Greeting start(Settings settings, NodeSettings nodeSettings, @Nullable Checkout checkout, Opened opened) {
    Store store = Store.open(settings);
    opened.add(store::close);
    if (store.embedded() != null) {
      store.embedded().onUnexpectedEnd(this::endWithPostgres);
    }
    byte[] secretKey = SecretKey.of(settings);
    Node node = new Node(nodeSettings.with(store.databases(), secretKey), Clock.systemUTC(), checkout);
    opened.add(node::close);
    SecretKeyCheck.require(node.database(), secretKey);
    // The demo comes before the port opens: whoever finds Tuco ready finds it complete.
    Optional<Demo.Facts> demo = noDemo ? Optional.empty() : new Demo(node).makeOrFind(json);
    node.start();
    return new Greeting(node.url(), store.place(settings), demo.orElse(null));
  }

  /** Without its database a node is of no use; whoever watches over it starts both anew. */
  private void endWithPostgres() {
    PrintWriter err = spec.commandLine().getErr();
    err.println("The embedded PostgreSQL ended by itself, so Tuco ends too; nothing that was confirmed is lost, start it again.");
    err.flush();
    // Not in order: whatever that would give back or write down takes the database.
    Runtime.getRuntime().halt(1);
  }
}
