package tuco.db;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tuco.caller.Caller;
import tuco.caller.Credential;
import tuco.caller.Right;
import tuco.caller.Role;

/** Asks the database who a credential stands for: one indexed statement, on every request, never cached (decisions 2.3). */
public final class GateQuery {
  /** Parameters: hash, session, workspace, write. Sets tenant and mode for what follows in the same transaction. */
  private static final String SQL = "select * from gate(?, ?, ?, ?)";

  private static final List<String> FIELDS = List.of(
      "outcome", "workspace_id", "tag", "workspace_name", "zone", "read_only_reason", "plan",
      "key_id", "person_id", "session_id", "actor_name", "role", "rights", "allowed_addresses");

  /**
   * One statement that authenticates and then reads: the gate sets the tenant when its row is made, and only then
   * is the query run, because it hangs on that row. One statement and not two in one flush: the driver may send
   * a Sync between two, which ends the implicit transaction and with it the tenant.
   *
   * @param query names the caller's workspace as {@code g.gate_workspace_id}; its parameters follow the gate's four
   */
  public static String reading(String query) {
    String gate = FIELDS.stream().map(field -> field + " as gate_" + field).collect(Collectors.joining(", "));
    return "with g as materialized (select " + gate + " from gate(?, ?, ?, ?))\n"
        + "select g.*, r.* from g left join lateral (select true as found, q.* from (" + query + ") q) r on true";
  }

  /** Parameters: hash, session, workspace. As a write, under the exclusive access lock (K8). */
  private static final String CHANGE_ACCESS = "select * from gate_to_change_access(?, ?, ?)";

  /** Parameters: hashes, sessions, workspaces, of distinct credentials. Runs as {@code tuco_engine}. */
  public static final String BATCH = "select place, (answer).* from gate_batch(?, ?, ?) order by place";

  private GateQuery() {}

  /**
   * The caller behind one credential.
   *
   * @throws AccessRefused when there is none
   */
  static Caller one(Connection connection, Credential credential, boolean write) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(SQL)) {
      bind(statement, credential, write);
      try (ResultSet row = statement.executeQuery()) {
        return caller(row);
      }
    }
  }

  /**
   * The caller behind one credential, with the workspace's access lock held exclusively until the transaction ends.
   *
   * @throws AccessRefused when there is none
   */
  static Caller oneToChangeAccess(Connection connection, Credential credential) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(CHANGE_ACCESS)) {
      statement.setBytes(1, credential.hash());
      statement.setBoolean(2, credential.session());
      statement.setObject(3, credential.workspace(), Types.OTHER);
      try (ResultSet row = statement.executeQuery()) {
        return caller(row);
      }
    }
  }

  /** Binds the first four parameters of {@link #reading}. */
  public static void bind(PreparedStatement statement, Credential credential, boolean write) throws SQLException {
    statement.setBytes(1, credential.hash());
    statement.setBoolean(2, credential.session());
    statement.setObject(3, credential.workspace(), Types.OTHER);
    statement.setBoolean(4, write);
  }

  private static Caller caller(ResultSet row) throws SQLException {
    row.next();
    return caller(row, "");
  }

  /** The caller in the current row of {@link #reading}. */
  public static Caller callerOfReading(ResultSet row) throws SQLException {
    return caller(row, "gate_");
  }

  private static Caller caller(ResultSet row, String prefix) throws SQLException {
    Answer answer = answer(row, prefix);
    if (answer.caller() == null) {
      throw new AccessRefused(answer.why());
    }
    return answer.caller();
  }

  /**
   * The callers behind distinct credentials, in their order, all under their workspaces' shared access locks until
   * the transaction ends. Runs as {@code tuco_engine}.
   */
  public static List<Answer> batch(Connection connection, List<Credential> credentials) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(BATCH)) {
      bind(statement, credentials);
      try (ResultSet row = statement.executeQuery()) {
        return answers(row);
      }
    }
  }

  /** Binds the first three parameters of a statement that starts with {@link #BATCH}. */
  public static void bind(PreparedStatement statement, List<Credential> credentials) throws SQLException {
    byte[][] hashes = new byte[credentials.size()][];
    Boolean[] sessions = new Boolean[credentials.size()];
    UUID[] workspaces = new UUID[credentials.size()];
    for (int i = 0; i < hashes.length; i++) {
      Credential credential = credentials.get(i);
      hashes[i] = credential.hash();
      sessions[i] = credential.session();
      workspaces[i] = credential.workspace();
    }
    Connection connection = statement.getConnection();
    statement.setArray(1, connection.createArrayOf("bytea", hashes));
    statement.setArray(2, connection.createArrayOf("boolean", sessions));
    statement.setArray(3, connection.createArrayOf("uuid", workspaces));
  }

  /** Reads the answers of a batch, in the order of its credentials. */
  public static List<Answer> answers(ResultSet row) throws SQLException {
    List<Answer> answers = new ArrayList<>();
    while (row.next()) {
      answers.add(answer(row, ""));
    }
    return answers;
  }

  private static Answer answer(ResultSet row, String prefix) throws SQLException {
    return switch (row.getString(prefix + "outcome")) {
      case "ok" -> new Answer(AccessRefused.Why.UNAUTHORIZED, ok(row, prefix));
      case "no_workspace" -> new Answer(AccessRefused.Why.NO_WORKSPACE, null);
      case "wrong_workspace" -> new Answer(AccessRefused.Why.WRONG_WORKSPACE, null);
      default -> new Answer(AccessRefused.Why.UNAUTHORIZED, null);
    };
  }

  private static Caller ok(ResultSet row, String prefix) throws SQLException {
    String roleName = row.getString(prefix + "role");
    Role role = roleName == null ? null : Role.of(roleName);
    return new Caller(
        row.getObject(prefix + "workspace_id", UUID.class),
        row.getInt(prefix + "tag"),
        row.getString(prefix + "workspace_name"),
        row.getString(prefix + "zone"),
        row.getString(prefix + "read_only_reason"),
        row.getString(prefix + "plan"),
        row.getObject(prefix + "key_id", UUID.class),
        row.getObject(prefix + "person_id", UUID.class),
        row.getObject(prefix + "session_id", UUID.class),
        row.getString(prefix + "actor_name"),
        role,
        role == null ? rights(row.getArray(prefix + "rights")) : role.rights(),
        strings(row.getArray(prefix + "allowed_addresses")));
  }

  private static Set<Right> rights(@Nullable Array wires) throws SQLException {
    EnumSet<Right> rights = EnumSet.noneOf(Right.class);
    for (String wire : strings(wires)) {
      Right.of(wire).ifPresent(rights::add);
    }
    return rights;
  }

  private static List<String> strings(@Nullable Array array) throws SQLException {
    return array == null ? List.of() : List.of((String[]) array.getArray());
  }

  /** Who it is, or why not. {@code why} matters only when there is no caller. */
  public record Answer(AccessRefused.Why why, @Nullable Caller caller) {}
}
