package tuco.messages;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tuco.events.Happening;
import tuco.events.Happenings;
import tuco.http.Idempotency;
import tuco.http.Json;
import tuco.http.Response;
import tuco.messages.AcceptanceBatch.Accepted;

/** What a batch writes at its end: the accepted messages, and the answers kept for replay. */
final class Inserts {
  private final Connection connection;
  private final OffsetDateTime now;
  final List<Accepted> messages = new ArrayList<>();
  final Map<Idempotency.Key, Response> answers = new LinkedHashMap<>();

  Inserts(Connection connection, Instant now) {
    this.connection = connection;
    this.now = now.atOffset(ZoneOffset.UTC);
  }

  /** Writes and commits in one round trip when there are only messages to write and nobody is to hear of them. */
  void writeAndCommit(List<Happening> news, Happenings happenings) throws SQLException {
    if (!answers.isEmpty()) {
      writeAnswers();
    }
    if (!messages.isEmpty()) {
      writeMessages(news.isEmpty() ? AcceptanceSql.INSERT_MESSAGES + ";\ncommit" : AcceptanceSql.INSERT_MESSAGES);
    }
    if (!news.isEmpty()) {
      happenings.record(connection, news);
    }
    if (messages.isEmpty() || !news.isEmpty()) {
      connection.commit();
    }
  }

  private void writeMessages(String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      int p = 0;
      array(statement, ++p, "uuid", m -> m.caller().workspaceId());
      array(statement, ++p, "uuid", Accepted::messageId);
      array(statement, ++p, "uuid", m -> m.lead().leadId());
      array(statement, ++p, "text", m -> m.chosen().type());
      array(statement, ++p, "text", m -> m.wanted().text());
      array(statement, ++p, "bytea", m -> m.wanted().textHash());
      array(statement, ++p, "text", m -> m.addresses().getFirst());
      array(statement, ++p, "text", m -> m.wanted().phone() != null ? m.wanted().phone() : m.lead().addresses()[0]);
      array(statement, ++p, "text", m -> m.wanted().email() != null ? m.wanted().email() : m.lead().addresses()[4]);
      array(statement, ++p, "text", m -> m.wanted().name().isEmpty() ? m.lead().name() : m.wanted().name());
      array(statement, ++p, "text", Accepted::correlationId);
      array(statement, ++p, "uuid", m -> m.caller().actorId());
      array(statement, ++p, "text", m -> m.wanted().batchId());
      array(statement, ++p, "jsonb", m -> json(m.extras()));
      array(statement, ++p, "uuid", m -> m.chosen().line().lineId());
      array(statement, ++p, "text", Accepted::status);
      array(statement, ++p, "boolean", Accepted::firstTouch);
      array(statement, ++p, "timestamptz", m -> m.due().toString());
      array(statement, ++p, "timestamptz", m -> m.wanted().scheduledDate() == null ? null : m.wanted().scheduledDate().toString());
      array(statement, ++p, "boolean", m -> m.wanted().fallbackSms());
      for (int i = 0; i < 4; i++) {
        statement.setObject(++p, now);
      }
      statement.executeUpdate();
    }
  }

  private void array(PreparedStatement statement, int place, String type, Function<Accepted, @Nullable Object> value)
      throws SQLException {
    Object[] values = type.equals("bytea") ? new byte[messages.size()][] : new Object[messages.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = value.apply(messages.get(i));
    }
    statement.setArray(place, connection.createArrayOf(type, values));
  }

  private static @Nullable String json(@Nullable ObjectNode tree) {
    return tree == null ? null : Json.text(tree);
  }

  private void writeAnswers() throws SQLException {
    List<Idempotency.Key> keys = List.copyOf(answers.keySet());
    List<Response> responses = List.copyOf(answers.values());
    try (PreparedStatement statement = connection.prepareStatement(AcceptanceSql.INSERT_IDEMPOTENCY)) {
      statement.setObject(1, now);
      statement.setArray(2, AcceptanceSql.uuids(connection, keys.stream().map(Idempotency.Key::workspaceId).toList()));
      statement.setArray(3, AcceptanceSql.uuids(connection, keys.stream().map(Idempotency.Key::actorId).toList()));
      statement.setArray(4, AcceptanceSql.texts(connection, keys.stream().map(Idempotency.Key::route).toList()));
      statement.setArray(5, AcceptanceSql.texts(connection, keys.stream().map(Idempotency.Key::value).toList()));
      statement.setArray(6, connection.createArrayOf("bytea", keys.stream().map(Idempotency.Key::payloadHash).toArray(byte[][]::new)));
      statement.setArray(7, connection.createArrayOf("smallint", responses.stream().map(Response::status).toArray()));
      statement.setArray(8, AcceptanceSql.texts(connection, responses.stream().map(Response::replayBody).toList()));
      statement.executeUpdate();
    }
  }
}
