package tuco.channels.simulator;

import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiConsumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tuco.channels.Channel;
import tuco.channels.LineSettings;
import tuco.channels.Outgoing;
import tuco.channels.SendResult;
import tuco.channels.SendResult.Accepted;
import tuco.channels.SendResult.Delivered;
import tuco.channels.SendResult.NotReachable;
import tuco.channels.SendResult.Refused;
import tuco.channels.SendResult.TryLater;
import tuco.channels.SendResult.Unknown;

/**
 * The line of a new workspace: reaches nobody, and does with each recipient what {@link Scenario}
 * says. What leaves is in its ledger before any outcome is reported, so that double sends can be
 * counted and lost answers asked for.
 */
public final class SimulatorChannel implements Channel {
  private static final Logger LOG = LoggerFactory.getLogger(SimulatorChannel.class);
  private static final String LEDGER_UNREACHABLE = "The simulator cannot reach its ledger in the database.";

  private final Ledger ledger;

  /**
   * @param engine connections of the engine's role, which may write for every workspace
   */
  public SimulatorChannel(DataSource engine, Clock clock) {
    this.ledger = new Ledger(engine, clock);
  }

  @Override
  public String kind() {
    return "simulator";
  }

  @Override
  public List<Fault> check(LineSettings line) {
    List<Fault> faults = new ArrayList<>();
    if (Scenario.of(line.address()) == null) {
      faults.add(new Fault("address", "address must be a phone number in E.164 form or an e-mail address."));
    }
    String down = line.settings().get("down");
    if (down != null && !down.equals("true") && !down.equals("false")) {
      faults.add(new Fault("down", "down must be true or false."));
    }
    return faults;
  }

  @Override
  public void send(LineSettings line, List<Outgoing> messages, BiConsumer<Outgoing, SendResult> outcome) {
    String trouble = trouble(line);
    List<Try> tries;
    try {
      tries = trouble == null ? tries(messages) : List.of();
    } catch (SQLException e) {
      trouble = LEDGER_UNREACHABLE;
      tries = List.of();
    }
    if (trouble != null) {
      for (Outgoing message : messages) {
        outcome.accept(message, lineDown(trouble));
      }
      return;
    }
    Ledger.Written written = ledger.write(line.lineId(), tries.stream().filter(Try::leaves).map(Try::message).toList());
    for (Try one : tries) {
      outcome.accept(one.message(), result(one, written));
    }
  }

  @Override
  public boolean tellsReach() {
    return true;
  }

  @Override
  public Reach reach(LineSettings line, String address) {
    Scenario scenario = Scenario.of(address);
    if (trouble(line) != null || scenario == null || scenario == Scenario.LINE_DOWN) {
      return Reach.CANNOT_TELL;
    }
    return scenario == Scenario.FALLBACK ? Reach.NO : Reach.YES;
  }

  private @Nullable String trouble(LineSettings line) {
    List<Fault> faults = check(line);
    if (!faults.isEmpty()) {
      return faults.getFirst().message();
    }
    boolean down = "true".equals(line.settings().get("down"));
    return down ? "The simulated line is switched off: its setting down is true." : null;
  }

  /**
   * One message with what is to become of it.
   *
   * @param scenario null when the recipient can be nobody
   * @param first whether no attempt at this message was made before; only looked up where it matters
   */
  private record Try(Outgoing message, @Nullable Scenario scenario, boolean first) {
    boolean leaves() {
      return switch (scenario) {
        case null -> false;
        case FALLBACK, FAIL, DEAD, LINE_DOWN -> false;
        case RETRY, LOST -> !first;
        case DELIVERED, ACCEPTED, LATER, UNKNOWN, REPLIES, OPTS_OUT, AUTO_REPLY, BOUNCES, READ -> true;
      };
    }
  }

  private List<Try> tries(List<Outgoing> messages) throws SQLException {
    List<Outgoing> counted = new ArrayList<>(0);
    Scenario[] scenarios = new Scenario[messages.size()];
    for (int i = 0; i < scenarios.length; i++) {
      Scenario scenario = Scenario.of(messages.get(i).recipient(), messages.get(i).type());
      scenarios[i] = scenario;
      if (scenario == Scenario.RETRY || scenario == Scenario.LOST) {
        counted.add(messages.get(i));
      }
    }
    Set<UUID> first = counted.isEmpty() ? Set.of() : ledger.firstTries(counted);
    List<Try> tries = new ArrayList<>(scenarios.length);
    for (int i = 0; i < scenarios.length; i++) {
      Outgoing message = messages.get(i);
      tries.add(new Try(message, scenarios[i], first.contains(message.attemptId())));
    }
    return tries;
  }

  private static SendResult result(Try one, Ledger.Written written) {
    if (one.leaves()) {
      return switch (written) {
        case YES -> answer(one.message(), one.scenario());
        case NO -> lineDown(LEDGER_UNREACHABLE);
        case PERHAPS -> new Unknown("The simulator lost its database while it noted the message.");
      };
    }
    String recipient = one.message().recipient();
    return switch (one.scenario()) {
      case FALLBACK -> new NotReachable("The simulator does not reach this recipient.", List.of(recipient));
      case FAIL -> new Refused("The simulator refuses messages to this recipient.", false);
      case DEAD -> new Refused("The simulator knows no such recipient.", true);
      case LINE_DOWN -> lineDown("The simulated line went down at this recipient.");
      case RETRY -> new TryLater("The simulator wants a second try.", Duration.ofSeconds(1), false);
      case LOST -> new Unknown("The simulator lost the message and its answer.");
      case null, default -> new Refused("The recipient is neither a phone number in E.164 form nor an e-mail address.", false);
    };
  }

  /** What the simulator says of a message that is in its ledger. */
  private static SendResult answer(Outgoing message, @Nullable Scenario scenario) {
    return scenario == Scenario.UNKNOWN ? new Unknown("The simulator took the message and lost its answer.") : found(message);
  }

  /** What it says when it is asked for it afterwards. */
  private static SendResult found(Outgoing message) {
    String handle = Ledger.handle(message.attemptId());
    return switch (Scenario.of(message.recipient())) {
      case ACCEPTED, BOUNCES, LATER -> new Accepted(handle);
      case null, default -> new Delivered(handle);
    };
  }

  private static TryLater lineDown(String words) {
    return new TryLater(words, null, true);
  }

  /**
   * Looks the attempt up in the ledger. An attempt that is being handed over at this moment by a
   * process which was thought dead can still come in afterwards, as with any provider.
   */
  @Override
  public Reconciled reconcile(LineSettings line, Outgoing message) {
    try {
      return ledger.has(message) ? new Reconciled.Found(found(message)) : new Reconciled.NotSent();
    } catch (SQLException e) {
      return new Reconciled.CannotTell(LEDGER_UNREACHABLE);
    }
  }

  @Override
  public List<Receipt> receipts() {
    try {
      return ledger.reports();
    } catch (SQLException e) {
      LOG.warn("what arrived is reported later: {}", e.getMessage());
      return List.of();
    }
  }

  @Override
  public void heard(List<Receipt> receipts) {
    try {
      ledger.heard(receipts);
    } catch (SQLException e) {
      LOG.warn("{} receipts are reported again: {}", receipts.size(), e.getMessage());
    }
  }

  @Override
  public Health health(LineSettings line) {
    String trouble = trouble(line);
    return trouble == null ? new Health(true, "") : new Health(false, trouble);
  }
}
