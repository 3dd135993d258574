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
import org.jspecify.annotations.Nullable;
import tuco.caller.Caller;
import tuco.caller.Credential;
import tuco.caller.Right;
import tuco.caller.Role;

/** Asks the database who a credential stands for: one indexed statement, on every request, never cached (decisions 2.3). */
public final class GateQuery {
  /** Parameters: hash, session, workspace, write. Sets tenant and mode for what follows in the same transaction. */
  private static final String SQL = "select * from gate(?, ?, ?, ?)";

  /** Parameter: the key's hash. Sets the tenant and no mode, so that nothing can be written afterwards. */
  private static final String KEY = "select g.workspace_id, g.read_only_reason, g.holder from gate_key(?) g";

  /**
   * Rows {@code t(place, workspace_id, read_only_reason, holder)}, one for each key that is good, of the array of hashes
   * that is its parameter. Making a row sets the tenant for what hangs on that row in the same statement, until the
   * next is made. No mode is set, so that nothing can be written. What hangs on it names {@code t.workspace_id}, and reads
   * only tables whose rule asks for the tenant at each look-up (V053): any other would go on showing the first key's rows.
   */
  public static final String KEYS = """
      (select g.place, g.read_only_reason, g.holder,
              case when set_config('tuco.workspace', g.workspace_id::text, true) <> '' then g.workspace_id end as workspace_id
         from gate_keys(?) g offset 0) t""";

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
    if (!write && !credential.session()) {
      return key(connection, credential);
    }
    try (PreparedStatement statement = connection.prepareStatement(SQL)) {
      bind(statement, credential, write);
      try (ResultSet row = statement.executeQuery()) {
        return caller(row);
      }
    }
  }

  private static Caller key(Connection connection, Credential credential) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(KEY)) {
      statement.setBytes(1, credential.hash());
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return keyHolder(row);
      }
    }
  }

  /**
   * The key's caller in a row of {@code gate_key} or of {@link #KEYS}.
   *
   * @throws AccessRefused when the key is good for nothing
   */
  public static Caller keyHolder(ResultSet row) throws SQLException {
    UUID workspace = row.getObject("workspace_id", UUID.class);
    if (workspace == null) {
      throw new AccessRefused(AccessRefused.Why.UNAUTHORIZED);
    }
    String[] holder = (String[]) row.getArray("holder").getArray();
    return new Caller(
        workspace, Integer.parseInt(holder[0]), holder[2], holder[3], row.getString("read_only_reason"), holder[4],
        UUID.fromString(holder[1]), null, null, holder[5], null,
        rights(words(holder[6])), words(holder[7]));
  }

  private static List<String> words(String text) {
    return text.isEmpty() ? List.of() : List.of(text.split(" "));
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

  private static void bind(PreparedStatement statement, Credential credential, boolean write) throws SQLException {
    statement.setBytes(1, credential.hash());
    statement.setBoolean(2, credential.session());
    statement.setObject(3, credential.workspace(), Types.OTHER);
    statement.setBoolean(4, write);
  }

  private static Caller caller(ResultSet row) throws SQLException {
    row.next();
    Answer answer = answer(row);
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
      answers.add(answer(row));
    }
    return answers;
  }

  private static Answer answer(ResultSet row) throws SQLException {
    return switch (row.getString("outcome")) {
      case "ok" -> new Answer(AccessRefused.Why.UNAUTHORIZED, ok(row));
      case "no_workspace" -> new Answer(AccessRefused.Why.NO_WORKSPACE, null);
      case "wrong_workspace" -> new Answer(AccessRefused.Why.WRONG_WORKSPACE, null);
      default -> new Answer(AccessRefused.Why.UNAUTHORIZED, null);
    };
  }

  private static Caller ok(ResultSet row) throws SQLException {
    String roleName = row.getString("role");
    Role role = roleName == null ? null : Role.of(roleName);
    return new Caller(
        row.getObject("workspace_id", UUID.class),
        row.getInt("tag"),
        row.getString("workspace_name"),
        row.getString("zone"),
        row.getString("read_only_reason"),
        row.getString("plan"),
        row.getObject("key_id", UUID.class),
        row.getObject("person_id", UUID.class),
        row.getObject("session_id", UUID.class),
        row.getString("actor_name"),
        role,
        role == null ? rights(strings(row.getArray("rights"))) : role.rights(),
        strings(row.getArray("allowed_addresses")));
  }

  private static Set<Right> rights(List<String> wires) {
    EnumSet<Right> rights = EnumSet.noneOf(Right.class);
    for (String wire : wires) {
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
