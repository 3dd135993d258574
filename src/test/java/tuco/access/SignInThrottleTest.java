package tuco.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.Api;
import tuco.TestClock;
import tuco.World;
import tuco.config.Vault;
import tuco.http.Problem;
import tuco.ids.Ids;

/** Guessing is slowed down, and only the guesser is (standards 4.7 O2, 4.8 N2). */
class SignInThrottleTest {
  private static final TestClock CLOCK = new TestClock(java.time.Clock.systemUTC().instant().toString());
  private static World world;

  @BeforeAll
  static void start() {
    world = new World(CLOCK);
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @Test
  void theEleventhWrongPasswordInAMinuteIsToldToWait() {
    World.TestWorkspace workspace = world.aWorkspace();
    for (int i = 0; i < 10; i++) {
      assertThat(SignedIn.signIn(world, workspace.ownerEmail(), "a wrong password").status()).isEqualTo(401);
    }
    Api.Answer refused = SignedIn.signIn(world, workspace.ownerEmail(), "a wrong password");
    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.header("Retry-After")).isNotEmpty();
    assertThat(refused.at("error")).isEqualTo("Too many attempts");
    World.TestWorkspace neighbour = world.aWorkspace();
    assertThat(SignedIn.signIn(world, neighbour.ownerEmail(), neighbour.ownerPassword()).status()).isEqualTo(201);
  }

  /** Nobody can lock somebody out by guessing: from where the honest are, the right password still works. */
  @Test
  void whoGuessesLocksNobodyOutElsewhereAndOnlyForAWhile() {
    World.TestWorkspace workspace = world.aWorkspace();
    Sessions sessions = sessions();
    for (int i = 0; i < 10; i++) {
      assertThatThrownBy(() -> sessions.signIn(workspace.ownerEmail(), "a wrong password", null, new tuco.caller.Origin("192.0.2.1", "", "", "")))
          .hasMessage("Unauthorized");
    }
    assertThatThrownBy(() -> sessions.signIn(workspace.ownerEmail(), workspace.ownerPassword(), null, new tuco.caller.Origin("192.0.2.1", "", "", "")))
        .isInstanceOfSatisfying(Problem.class, problem -> assertThat(problem.status()).isEqualTo(429));
    assertThat(sessions.signIn(workspace.ownerEmail(), workspace.ownerPassword(), null, new tuco.caller.Origin("192.0.2.2", "", "", "")).token())
        .startsWith("tuco_ss_");
    CLOCK.advance(Duration.ofMinutes(1));
    assertThat(sessions.signIn(workspace.ownerEmail(), workspace.ownerPassword(), null, new tuco.caller.Origin("192.0.2.1", "", "", "")).token())
        .startsWith("tuco_ss_");
  }

  @Test
  void theHonestMaySignInAsOftenAsTheyLike() {
    World.TestWorkspace workspace = world.aWorkspace();
    Sessions sessions = sessions();
    for (int i = 0; i < 15; i++) {
      assertThat(sessions.signIn(workspace.ownerEmail(), workspace.ownerPassword(), null, new tuco.caller.Origin("192.0.2.3", "", "", "")).token()).isNotEmpty();
    }
  }

  /** The work of a refusal does not tell who has an account: both cost one Argon2. Weighed in the thread's own time on the CPU. */
  @Test
  void aRefusalTakesAsLongForNobodyAsForSomebody() {
    World.TestWorkspace workspace = world.aWorkspace();
    Sessions sessions = sessions();
    long somebody = Long.MAX_VALUE;
    long nobody = Long.MAX_VALUE;
    for (int i = 0; i < 6; i++) {
      somebody = Math.min(somebody, refusal(sessions, workspace.ownerEmail()));
      nobody = Math.min(nobody, refusal(sessions, "nobody@example.com"));
    }
    assertThat((double) nobody / somebody).isBetween(0.4, 2.5);
  }

  private static long refusal(Sessions sessions, String email) {
    java.lang.management.ThreadMXBean thread = java.lang.management.ManagementFactory.getThreadMXBean();
    long start = thread.getCurrentThreadCpuTime();
    assertThatThrownBy(() -> sessions.signIn(email, "a wrong password", null, new tuco.caller.Origin("192.0.2.6", "", "", ""))).hasMessage("Unauthorized");
    return thread.getCurrentThreadCpuTime() - start;
  }

  @Test
  void oneAddressTriesAtMostAHundredAccountsAMinute() {
    Throttle throttle = new Throttle(100, CLOCK);
    for (int i = 0; i < 100; i++) {
      throttle.take("192.0.2.4");
    }
    assertThatThrownBy(() -> throttle.take("192.0.2.4")).hasMessage("Too many attempts");
    throttle.take("192.0.2.5");
  }

  /** An IPv6 client commands a whole /64, so that is what counts. */
  @Test
  void anIpv6NetworkCountsAsOneAddress() {
    assertThat(Throttle.network("2001:db8:1:2:aaaa:bbbb:cccc:dddd")).isEqualTo("2001:db8:1:2");
    assertThat(Throttle.network("2001:db8:1:2:0:0:0:1")).isEqualTo("2001:db8:1:2");
    assertThat(Throttle.network("2001:db8::1")).isEqualTo("2001:db8");
    assertThat(Throttle.network("192.0.2.1")).isEqualTo("192.0.2.1");
  }

  private static Sessions sessions() {
    return new Sessions(world.database(), new Ids(CLOCK), CLOCK, new Totp(new Vault(new byte[32]), CLOCK), new tuco.audit.Audit(CLOCK),
        new Letters(new tuco.mail.SystemMail(null, CLOCK), () -> ""));
  }
}
