package tuco.staff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tuco.World;
import tuco.access.Totp;
import tuco.caller.StaffCaller;
import tuco.caller.Token;
import tuco.config.Vault;
import tuco.http.Problem;

/** How staff come in: an account of their own, password and authenticator app, for half an hour (decisions 9.1). */
class StaffSessionsTest {
  private static World world;

  @BeforeAll
  static void start() {
    world = new World();
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @Test
  void signingInTakesPasswordAndAppAndLastsHalfAnHour() {
    AStaffMember sam = new AStaffMember(world, "sam@operator.example.com");
    refused(() -> sam.sessions.signIn(sam.email, "another long password", sam.code(0), "192.0.2.1", ""));
    refused(() -> sam.sessions.signIn(sam.email, AStaffMember.PASSWORD, "", "192.0.2.1", ""));
    refused(() -> sam.sessions.signIn(sam.email, AStaffMember.PASSWORD, "000000", "192.0.2.1", ""));
    String code = sam.code(0);
    StaffCaller caller = sam.caller(sam.sessions.signIn(sam.email.toUpperCase(java.util.Locale.ROOT), AStaffMember.PASSWORD, code, "192.0.2.1", ""));
    refused(() -> sam.sessions.signIn(sam.email, AStaffMember.PASSWORD, code, "192.0.2.1", "")); // a replay
    assertThat(caller.expiresAt()).isCloseTo(Instant.now().plus(Duration.ofMinutes(30)), org.assertj.core.api.Assertions.within(20, ChronoUnit.SECONDS));
    sam.sessions.end(caller);
    assertThat(world.database().staff().session(caller.tokenHash())).isEmpty();
  }

  @Test
  void aSessionThatHasExpiredIsNone() {
    AStaffMember kim = new AStaffMember(world, "kim@operator.example.com");
    String token = kim.signIn(0);
    world.database().staff().work(tx -> tx.update("update staff_sessions set expires_at = now() where token_hash = :hash")
        .bind("hash", Token.hash(token)).execute());
    assertThat(world.database().staff().session(Token.hash(token))).isEmpty();
  }

  @Test
  void guessingIsSlowedDown() {
    AStaffMember lee = new AStaffMember(world, "lee@operator.example.com");
    for (int i = 0; i < 5; i++) {
      refused(() -> lee.sessions.signIn(lee.email, "a wrong password", "000000", "192.0.2.2", ""));
    }
    assertThatThrownBy(() -> lee.sessions.signIn(lee.email, AStaffMember.PASSWORD, lee.code(0), "192.0.2.2", ""))
        .isInstanceOfSatisfying(Problem.class, problem -> assertThat(problem.status()).isEqualTo(429));
    assertThat(lee.sessions.signIn(lee.email, AStaffMember.PASSWORD, lee.code(0), "192.0.2.3", "")).as("from elsewhere").isNotEmpty();
  }

  @Test
  void aOneTimeLinkSetsPasswordAndAppOnceAndAReset() {
    AStaffMember ann = new AStaffMember(world, "ann@operator.example.com");
    StaffLinks links = new StaffLinks(world.database().staff(), new Totp(new Vault(new byte[32]), java.time.Clock.systemUTC()), java.time.Clock.systemUTC());
    assertThatThrownBy(() -> ann.accounts.add(ann.email, "Ann")).hasMessageContaining("in the staff already");
    String session = ann.signIn(0);
    String token = ann.accounts.reset(ann.email);
    assertThat(world.database().staff().session(Token.hash(session))).as("sessions end with a reset").isEmpty();
    refused(() -> ann.signIn(1));
    String secret = links.holder(token).orElseThrow().app().secret();
    assertThat(secret).isNotEqualTo(ann.secret).isEqualTo(links.holder(token).orElseThrow().app().secret());
    assertThatThrownBy(() -> links.redeem(token, "short", AStaffMember.code(secret, 0))).hasMessageContaining("at least 12");
    assertThatThrownBy(() -> links.redeem(token, AStaffMember.PASSWORD, "000000")).hasMessageContaining("current code");
    assertThat(ann.accounts.list()).filteredOn(account -> account.email().equals(ann.email)).singleElement()
        .satisfies(account -> assertThat(account.ready()).isFalse());
    links.redeem(token, AStaffMember.PASSWORD, AStaffMember.code(secret, 0));
    assertThat(links.holder(token)).isEmpty();
    assertThatThrownBy(() -> links.redeem(token, AStaffMember.PASSWORD, AStaffMember.code(secret, 0))).hasMessageContaining("was used");
    assertThat(ann.sessions.signIn(ann.email, AStaffMember.PASSWORD, AStaffMember.code(secret, 1), "192.0.2.1", "")).startsWith("tuco_st_");
  }

  /** Neither a password nor a secret nor a token of staff stands in the database as it is. */
  @Test
  void nothingSecretIsStoredInTheClear() {
    AStaffMember joe = new AStaffMember(world, "joe@operator.example.com");
    String session = joe.signIn(0);
    List<String> rows = world.database().staff().work(tx -> tx.query(
        "select s::text from staff s union all select x::text from staff_sessions x union all select l::text from staff_links l").mapTo(String.class).list());
    assertThat(rows).isNotEmpty().noneMatch(row -> row.contains(session) || row.contains(joe.secret) || row.contains(AStaffMember.PASSWORD));
  }

  private static void refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable signIn) {
    assertThatThrownBy(signIn).hasMessage("Unauthorized");
  }
}
