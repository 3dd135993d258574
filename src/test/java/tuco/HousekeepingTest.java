package tuco;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tables of what comes and goes do not grow for ever, and nothing goes too early. */
class HousekeepingTest {
  private static final Instant NOW = Clock.systemUTC().instant();
  private static World world;
  private static World.TestWorkspace workspace;
  private static Housekeeping housekeeping;

  @BeforeAll
  static void start() {
    world = new World();
    workspace = world.aWorkspace();
    housekeeping = new Housekeeping(world.database().engine(), Clock.systemUTC(), Duration.ofMinutes(5));
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @BeforeEach
  void nothingThere() throws SQLException {
    run("delete from idempotency; delete from person_idempotency; delete from sessions; delete from one_time_links; delete from invitations; delete from key_activity");
  }

  /** Decisions 1.8: an answer can be replayed for 24 hours. */
  @Test
  void answersForReplayGoAfterADay() throws SQLException {
    answer("old", NOW.minus(Duration.ofHours(25)));
    answer("young", NOW.minus(Duration.ofHours(23)));
    housekeeping.clean();
    assertThat(text("select string_agg(key, ',') from idempotency")).isEqualTo("young");
    assertThat(text("select string_agg(key, ',') from person_idempotency")).isEqualTo("young");
  }

  @Test
  void sessionsGoAMonthAfterTheirEnd() throws SQLException {
    session("live", NOW.plusSeconds(60), null);
    session("ended long ago", NOW.plusSeconds(60), NOW.minus(Duration.ofDays(31)));
    session("ended lately", NOW.plusSeconds(60), NOW.minus(Duration.ofDays(29)));
    session("expired long ago", NOW.minus(Duration.ofDays(31)), null);
    session("expired lately", NOW.minus(Duration.ofDays(29)), null);
    housekeeping.clean();
    assertThat(text("select string_agg(client, ',' order by client) from sessions")).isEqualTo("ended lately,expired lately,live");
  }

  @Test
  void linksAndInvitationsGoWhenTheyLeadNowhere() throws SQLException {
    link("open", NOW.plusSeconds(60), null);
    link("used", NOW.plusSeconds(60), NOW.minus(Duration.ofDays(2)));
    link("expired", NOW.minus(Duration.ofDays(2)), null);
    invitation("open@example.com", NOW.plusSeconds(60), null);
    invitation("accepted@example.com", NOW.minus(Duration.ofDays(24)), NOW.minus(Duration.ofDays(31)));
    invitation("expired@example.com", NOW.minus(Duration.ofDays(31)), null);
    invitation("expired-lately@example.com", NOW.minus(Duration.ofDays(29)), null);
    housekeeping.clean();
    assertThat(text("select string_agg(convert_from(token_hash, 'UTF8'), ',') from one_time_links")).isEqualTo("open");
    assertThat(text("select string_agg(email, ',' order by email) from invitations"))
        .isEqualTo("expired-lately@example.com,open@example.com");
  }

  @Test
  void activityOfKeysIsKeptForNinetyDays() throws SQLException {
    for (int days : new int[] {0, 89, 92}) {
      run("""
          insert into key_activity values ('%s', '%s', date '%s' - %d, 'GET /api/whoami', 200, %d, now(), now())"""
          .formatted(workspace.id(), workspace.keyId(), NOW.toString().substring(0, 10), days, days));
    }
    housekeeping.clean();
    assertThat(text("select string_agg(calls::text, ',' order by calls) from key_activity")).isEqualTo("0,89");
  }

  @Test
  void nodesThatDiedLongAgoGoAndLivingOnesStay() throws SQLException {
    run("insert into nodes values (gen_random_uuid(), now(), now() - interval '2 days')");
    int all = Integer.parseInt(text("select count(*) from nodes"));
    housekeeping.clean();
    assertThat(text("select count(*) from nodes")).isEqualTo(Integer.toString(all - 1)).isNotEqualTo("0");
  }

  @Test
  void moreThanABatchGoesInOneRound() throws SQLException {
    run("""
        insert into idempotency
        select '%s', gen_random_uuid(), 'r', n::text, '', 200, '', now() - interval '2 days' from generate_series(1, 2500) n"""
        .formatted(workspace.id()));
    housekeeping.clean();
    assertThat(text("select count(*) from idempotency")).isEqualTo("0");
  }

  @Test
  void oneNodeAtATimeCleans() throws SQLException {
    answer("old", NOW.minus(Duration.ofHours(25)));
    try (Connection other = connection(); Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute(Housekeeping.LOCK);
      housekeeping.clean();
      assertThat(text("select count(*) from idempotency")).isEqualTo("1");
      other.rollback();
    }
    housekeeping.clean();
    assertThat(text("select count(*) from idempotency")).isEqualTo("0");
  }

  /** A request that writes such a row never waits for the cleaning, nor the cleaning for it. */
  @Test
  void aRowInUseIsLeftForTheNextTime() throws SQLException {
    answer("in use", NOW.minus(Duration.ofHours(25)));
    answer("idle", NOW.minus(Duration.ofHours(25)));
    try (Connection request = connection(); Statement statement = request.createStatement()) {
      request.setAutoCommit(false);
      statement.execute("update idempotency set created_at = now() where key = 'in use'");
      housekeeping.clean();
      request.commit();
    }
    assertThat(text("select string_agg(key, ',') from idempotency")).isEqualTo("in use");
  }

  @Test
  void aWorkerCleansByItself() throws SQLException {
    answer("old", NOW.minus(Duration.ofHours(25)));
    try (Housekeeping often = new Housekeeping(world.database().engine(), Clock.systemUTC(), Duration.ofMillis(20))) {
      often.start();
      Eventually.within(Duration.ofSeconds(5), () -> assertThat(text("select count(*) from idempotency")).isEqualTo("0"));
    }
  }

  private static void answer(String key, Instant createdAt) throws SQLException {
    run("insert into idempotency values ('%s', '%s', 'r', '%s', '', 200, '', '%s')"
        .formatted(workspace.id(), workspace.keyId(), key, createdAt));
    run("insert into person_idempotency values ('%s', 'r', '%s', '', 200, '', '%s')"
        .formatted(workspace.ownerId(), key, createdAt));
  }

  private static void session(String name, Instant expiresAt, Instant endedAt) throws SQLException {
    run("insert into sessions values ('%s', gen_random_uuid(), '%s', now(), '%s', %s, '', '%s')"
        .formatted(name, workspace.ownerId(), expiresAt, orNull(endedAt), name));
  }

  private static void link(String name, Instant expiresAt, Instant usedAt) throws SQLException {
    run("insert into one_time_links values ('%s', '%s', 'set_password', now(), '%s', %s)"
        .formatted(name, workspace.ownerId(), expiresAt, orNull(usedAt)));
  }

  private static void invitation(String email, Instant expiresAt, Instant acceptedAt) throws SQLException {
    run("insert into invitations values ('%s', gen_random_uuid(), '%s', 'viewer', '%s', null, now(), '%s', %s)"
        .formatted(workspace.id(), email, email, expiresAt, orNull(acceptedAt)));
  }

  private static String orNull(Instant instant) {
    return instant == null ? "null" : "'" + instant + "'";
  }

  private static Connection connection() throws SQLException {
    return DriverManager.getConnection(world.owner.jdbc(), world.owner.user(), world.owner.password());
  }

  private static void run(String sql) throws SQLException {
    try (Connection connection = connection(); Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String text(String sql) throws SQLException {
    try (Connection connection = connection(); Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return String.valueOf(row.getString(1));
    }
  }
}
