package tuco.db;

import java.sql.SQLException;

/** The database did not answer or refused a statement; never shown to the outside. */
public final class DatabaseFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public DatabaseFailure(SQLException cause) {
    super(cause.getMessage(), cause);
  }

  /** Whether the database could not be reached, so that 503 is the honest answer (decisions 2.3). */
  public boolean unavailable() {
    return getCause() instanceof SQLException e && isUnavailable(e);
  }

  /** Whether this fault means that the database is out of reach or overloaded. */
  public static boolean isUnavailable(SQLException e) {
    String state = e.getSQLState();
    // The pool says so, without a state, of a connection that was cut while it was used.
    return e instanceof java.sql.SQLTransientException || "Connection is closed".equals(e.getMessage())
        || state != null && (state.startsWith("08") || state.startsWith("57P") || state.startsWith("53")
            || state.equals("57014") || state.equals("55P03"));
  }
}
