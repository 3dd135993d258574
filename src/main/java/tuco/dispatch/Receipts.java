package tuco.dispatch;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;
import tuco.channels.Channel;
import tuco.channels.Channel.Receipt;
import tuco.events.Events;
import tuco.events.Happening;
import tuco.events.Happenings;
import tuco.http.Json;
import tuco.messages.Status;

/**
 * What providers report of messages that they took: that they arrived, and were read. A receipt is taken from the provider only after its
 * effect was committed, and counts once: whoever brings it a second time finds the message delivered already.
 */
final class Receipts {
  /** By the provider's own handle, so that the receipt of an attempt never speaks for another one. */
  private static final String DELIVERED = """
      with done as (
        update message_states s
           set status = 'delivered', delivered_at = greatest(r.at, s.sent_at), event_count = s.event_count + 1, updated_at = ?
          from unnest(?::uuid[], ?::uuid[], ?::text[], ?::timestamptz[]) as r(workspace_id, message_id, external_id, at)
         where s.workspace_id = r.workspace_id and s.message_id = r.message_id and s.external_id = r.external_id
           and s.status = any(?)
        returning s.workspace_id, s.message_id, s.event_count
      )
      insert into message_events (workspace_id, message_id, seq, status, at, cause)
      select workspace_id, message_id, event_count, 'delivered', ?, 'delivery_receipt' from done
      returning workspace_id, message_id""";

  /** Only of a message that has arrived: nothing is read that was not sent. */
  private static final String READ = """
      with done as (
        update message_states s
           set read_at = greatest(r.at, s.sent_at), event_count = s.event_count + 1, updated_at = ?
          from unnest(?::uuid[], ?::uuid[], ?::text[], ?::timestamptz[]) as r(workspace_id, message_id, external_id, at)
         where s.workspace_id = r.workspace_id and s.message_id = r.message_id and s.external_id = r.external_id
           and s.status = 'delivered' and s.read_at is null
        returning s.workspace_id, s.message_id, s.event_count, s.status, s.read_at
      ), noted as (
        insert into message_events (workspace_id, message_id, seq, status, at, cause)
        select workspace_id, message_id, event_count, status, ?, 'read_receipt' from done
      )
      select workspace_id, message_id, read_at from done""";

  /** Messages whose attempt is not settled yet: their receipt came before our own outcome was written. */
  private static final String OPEN = """
      select s.message_id
        from unnest(?::uuid[], ?::uuid[]) as r(workspace_id, message_id)
        join message_states s on s.workspace_id = r.workspace_id and s.message_id = r.message_id
       where s.status in ('sending', 'unknown')""";

  private final DataSource engine;
  private final Collection<Channel> channels;
  private final Happenings happenings;
  private final Clock clock;

  Receipts(DataSource engine, Collection<Channel> channels, Happenings happenings, Clock clock) {
    this.engine = engine;
    this.channels = channels;
    this.happenings = happenings;
    this.clock = clock;
  }

  /** Takes what the providers have to report, a batch of each. */
  void run() throws SQLException {
    for (Channel channel : channels) {
      List<Receipt> receipts = channel.receipts();
      if (!receipts.isEmpty()) {
        channel.heard(take(receipts));
      }
    }
  }

  /** Writes them down; answers those that need not be reported again. */
  List<Receipt> take(List<Receipt> receipts) throws SQLException {
    Instant now = clock.instant();
    try (Connection connection = engine.getConnection()) {
      connection.setAutoCommit(false);
      try {
        List<Happening> news = new ArrayList<>(delivered(connection, receipts, now));
        Set<UUID> open = news.size() == receipts.size() ? Set.of() : open(connection, receipts);
        news.addAll(read(connection, receipts.stream().filter(Receipt::read).toList(), now));
        if (!news.isEmpty()) {
          happenings.record(connection, news);
        }
        connection.commit();
        return receipts.stream().filter(receipt -> !open.contains(receipt.messageId())).toList();
      } catch (SQLException | RuntimeException e) {
        if (!connection.isClosed()) {
          connection.rollback();
        }
        throw e;
      }
    }
  }

  private static List<Happening> delivered(Connection connection, List<Receipt> receipts, Instant now) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(DELIVERED)) {
      bind(statement, receipts, now);
      statement.setArray(6, connection.createArrayOf("text", Status.DELIVERED.sources()));
      Columns.set(statement, 7, now);
      List<Happening> news = new ArrayList<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          news.add(new Happening(row.getObject(1, UUID.class), Events.DELIVERED, row.getObject(2, UUID.class), now, Map.of()));
        }
      }
      return news;
    }
  }

  private static void bind(PreparedStatement statement, List<Receipt> receipts, Instant now) throws SQLException {
    Columns.set(statement, 1, now);
    Columns.set(statement, 2, "uuid", receipts, Receipt::workspaceId);
    Columns.set(statement, 3, "uuid", receipts, Receipt::messageId);
    Columns.set(statement, 4, "text", receipts, Receipt::externalId);
    Columns.set(statement, 5, "timestamptz", receipts, Receipt::at);
  }

  private static List<Happening> read(Connection connection, List<Receipt> receipts, Instant now) throws SQLException {
    if (receipts.isEmpty()) {
      return List.of();
    }
    try (PreparedStatement statement = connection.prepareStatement(READ)) {
      bind(statement, receipts, now);
      Columns.set(statement, 6, now);
      List<Happening> news = new ArrayList<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          news.add(new Happening(row.getObject(1, UUID.class), Events.OPENED, row.getObject(2, UUID.class), now,
              Map.of("readAt", Json.timestamp(Columns.instant(row, 3)))));
        }
      }
      return news;
    }
  }

  private static Set<UUID> open(Connection connection, List<Receipt> receipts) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(OPEN)) {
      Columns.set(statement, 1, "uuid", receipts, Receipt::workspaceId);
      Columns.set(statement, 2, "uuid", receipts, Receipt::messageId);
      Set<UUID> open = new HashSet<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          open.add(row.getObject(1, UUID.class));
        }
      }
      return open;
    }
  }
}
