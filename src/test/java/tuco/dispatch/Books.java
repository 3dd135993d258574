package tuco.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tuco.channels.smtp.ScriptedSmtpServer;
import tuco.db.TestDatabase;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Holds Tuco's account of every message against what the mail server and the simulator really got. */
final class Books {
  private static final Pattern MESSAGE_ID = Pattern.compile("(?im)^Message-ID: <(ms_[^@>]+)@[^>]+>");

  private final String database;
  private final ScriptedSmtpServer sink;

  Books(String database, ScriptedSmtpServer sink) {
    this.database = database;
    this.sink = sink;
  }

  private record Account(String id, String kind, String status, int inLedger) {}

  /** Lets this many seconds pass for everything that a dead node left; the node that lives has none of it. */
  void timePasses(int seconds) {
    String passed = "interval '" + seconds + " seconds'";
    TestDatabase.execute(database, "update nodes set heartbeat_at = heartbeat_at - " + passed);
    TestDatabase.execute(database,
        "update message_states set attempting_since = attempting_since - " + passed + " where status = 'sending'");
    askNow();
  }

  /** Makes it time to ask the providers about everything unknown. */
  void askNow() {
    TestDatabase.execute(database,
        "update message_states set due_at = due_at - interval '20 seconds' where status = 'unknown'");
  }

  long count(String fromAndWhere) {
    return Long.parseLong(text("select count(*) from " + fromAndWhere));
  }

  /** The first value of the first row. */
  String text(String sql) {
    try (Connection connection = TestDatabase.connect(database);
        PreparedStatement statement = connection.prepareStatement(sql);
        ResultSet row = statement.executeQuery()) {
      row.next();
      return row.getString(1);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /** How much has really left. */
  long left() {
    return sink.messages().size() + count("simulator_ledger");
  }

  /** Nothing is on its way any more, and whoever can be asked has answered. */
  void assertSettled() {
    assertThat(count("message_states where status not in ('sent', 'delivered', 'unknown')")).as("open").isZero();
    assertThat(count("message_states s join lines l using (workspace_id, line_id) where l.kind = 'simulator' and s.status = 'unknown'"))
        .as("the simulator can be asked").isZero();
  }

  /**
   * Each message once or unknown, none lost, none that nobody sent.
   *
   * @param answered the ids that clients were given, by recipient
   * @return how many are unknown
   */
  int assertBalanced(Map<String, String> answered) throws SQLException {
    Map<String, Integer> mails = mails();
    List<Account> accounts = accounts();
    List<String> wrong = new ArrayList<>();
    int unknown = 0;
    for (Account account : accounts) {
      boolean smtp = account.kind.equals("smtp");
      Integer mailed = mails.remove(account.id);
      int left = smtp ? mailed == null ? 0 : mailed : account.inLedger;
      // A mail server cannot be asked, the simulator can: what it took or not is known in the end.
      boolean isUnknown = smtp && account.status.equals("unknown");
      unknown += isUnknown ? 1 : 0;
      if (left > 1 || left == 0 && !isUnknown) {
        wrong.add(account + " left " + left + " times" + (answered.containsValue(account.id) ? "" : ", and nobody was told of it"));
      }
    }
    assertThat(wrong).as("messages that left twice or were lost").isEmpty();
    assertThat(mails).as("mails of no message").isEmpty();
    assertThat(accounts.stream().map(Account::id)).as("one message for each that a client sent")
        .containsExactlyInAnyOrderElementsOf(answered.values());
    return unknown;
  }

  private Map<String, Integer> mails() {
    Map<String, Integer> mails = new HashMap<>();
    for (String mail : sink.messages()) {
      Matcher id = MESSAGE_ID.matcher(mail);
      assertThat(id.find()).as(mail).isTrue();
      mails.merge(id.group(1), 1, Integer::sum);
    }
    return mails;
  }

  private List<Account> accounts() throws SQLException {
    try (Connection connection = TestDatabase.connect(database);
        PreparedStatement statement = connection.prepareStatement("""
            select m.message_id, coalesce(l.kind, ''), s.status,
                   (select count(*) from simulator_ledger g where g.message_id = m.message_id)
              from messages m
              left join message_states s using (workspace_id, message_id)
              left join lines l using (workspace_id, line_id)""");
        ResultSet row = statement.executeQuery()) {
      List<Account> accounts = new ArrayList<>();
      while (row.next()) {
        accounts.add(new Account(Ids.text(Kind.MESSAGE, row.getObject(1, UUID.class)), row.getString(2), row.getString(3), row.getInt(4)));
      }
      return accounts;
    }
  }
}
