package tuco.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tuco.TestClock;
import tuco.channels.SendResult;

/** P3, decisions 5.3: a node that lives on while an answer is lost, of the database or of a provider, loses no message with it. */
class LostAnswersTest {
  /** The connection breaks while a claim commits: whatever came of that, the message leaves, once, and is counted once. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aClaimWhoseCommitNobodyConfirmedIsTakenBackAndMadeAgain(boolean committed) {
    try (EngineWorld world = new EngineWorld(Clock.systemUTC())) {
      LineKey line = world.aLine(world.aWorkspace());
      UUID message = world.aMessage(line);
      world.startEngine(new Losing(world.database.engine(), committed).engine());
      world.eventually("delivered", message);
      assertThat(world.channel.timesEach()).containsExactly(1L);
      assertThat(world.events(message)).isEqualTo("queued(accepted) sending(claimed) "
          + (committed ? "queued(claim_in_doubt) sending(claimed) " : "") + "sent(accepted_by_provider) delivered(delivered_by_provider)");
      assertThat(world.used(line.lineId(), "line_day")).isOne();
      assertThat(world.used(line.lineId(), "line_new_day")).isOne();
      assertThat(world.number("select attempts from message_states")).isOne();
    }
  }

  /** A database whose answer to the commit of one claim is lost on the way. */
  private record Losing(DataSource real, boolean committed, AtomicBoolean armed) {
    Losing(DataSource real, boolean committed) {
      this(real, committed, new AtomicBoolean(true));
    }

    DataSource engine() {
      return (DataSource) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {DataSource.class},
          (self, method, arguments) -> method.getName().equals("getConnection") ? connection() : call(real, method, arguments));
    }

    private Connection connection() throws SQLException {
      Connection connection = real.getConnection();
      return (Connection) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {Connection.class},
          (self, method, arguments) -> {
            if (method.getName().equals("commit") && isClaim(connection) && armed.compareAndSet(true, false)) {
              call(connection, committed ? method : Connection.class.getMethod("rollback"), null);
              throw new SQLException("the answer was lost", "08006");
            }
            return call(connection, method, arguments);
          });
    }

    private static boolean isClaim(Connection connection) throws SQLException {
      try (Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery("""
              select exists (select from message_events where cause = 'claimed' and xmin = pg_current_xact_id()::xid)""")) {
        row.next();
        return row.getBoolean(1);
      }
    }

    private static Object call(Object of, Method method, Object[] arguments) throws Throwable {
      try {
        return method.invoke(of, arguments);
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    }
  }

  /** A provider whose words hold what PostgreSQL cannot: what it did with the message is known all the same. */
  @Test
  void wordsThatNoDatabaseHoldsAreWrittenWithoutThatAndTheOutcomeIsKept() {
    try (EngineWorld world = new EngineWorld(Clock.systemUTC())) {
      LineKey line = world.aLine(world.aWorkspace());
      world.channel.answer = message -> message.recipient().equals("+15550100")
          ? new SendResult.Accepted("id\0\ud800") : new SendResult.Refused("no\0 \udc00such number", false);
      UUID accepted = world.aMessage(line, "+15550100", true);
      UUID refused = world.aMessage(line, "+15550101", true);
      world.startEngine();
      world.eventually("sent", accepted);
      world.eventually("failed", refused);
      assertThat(world.text("select error from message_states where message_id = ?", refused)).isEqualTo("no\uFFFD ?such number");
    }
  }

  /** Whatever else an outcome cannot be written for, its node lives on and would be waited for: it says itself that nobody knows it. */
  @Test
  void anOutcomeThatCannotBeWrittenIsAskedForAgain() throws SQLException {
    TestClock clock = new TestClock("2026-03-01T10:00:00Z");
    try (EngineWorld world = new EngineWorld(clock)) {
      UUID message = world.aMessage(world.aLine(world.aWorkspace()));
      ByHand node = world.byHand();
      Attempt attempt = node.claims(1).getFirst().attempt();
      node.outcomes.start();
      node.outcomes.add(Outcome.of(attempt, new SendResult.NotReachable("nobody there", List.of("\0")), clock.instant()));
      node.outcomes.close();
      assertThat(world.events(message)).isEqualTo("queued(accepted) sending(claimed) unknown(outcome_not_written)");
      clock.advance(Reconcile.FIRST_ASK);
      node.beat();
      node.reconciles();
      assertThat(world.status(message)).as("proven not sent").isEqualTo("queued");
    }
  }
}
