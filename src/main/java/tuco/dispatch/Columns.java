package tuco.dispatch;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Rows turned into the array columns of an {@code unnest}, so that a batch is one statement whatever its size. */
public final class Columns {
  private Columns() {}

  /** Sets parameter {@code index} to one column of the rows. */
  public static <T> void set(PreparedStatement statement, int index, String type, List<T> rows,
      Function<T, ? extends @Nullable Object> value) throws SQLException {
    Object[] column = type.equals("bytea") ? new byte[rows.size()][] : new Object[rows.size()];
    for (int i = 0; i < column.length; i++) {
      Object cell = value.apply(rows.get(i));
      column[i] = cell instanceof Instant at ? text(at) : cell;
    }
    statement.setArray(index, statement.getConnection().createArrayOf(type, column));
  }

  /** One instant as a parameter. */
  public static void set(PreparedStatement statement, int index, Instant at) throws SQLException {
    statement.setObject(index, at.atOffset(ZoneOffset.UTC));
  }

  /** An instant that the schema never leaves empty; minus infinity is {@link Instant#MIN}. */
  static Instant instant(ResultSet row, int column) throws SQLException {
    OffsetDateTime at = row.getObject(column, OffsetDateTime.class);
    return at.equals(OffsetDateTime.MIN) ? Instant.MIN : at.toInstant();
  }

  /** A number, or null. */
  static @Nullable Integer integer(ResultSet row, int column) throws SQLException {
    int value = row.getInt(column);
    return row.wasNull() ? null : value;
  }

  private static String text(Instant at) {
    return at.equals(Instant.MIN) ? "-infinity" : at.toString();
  }
}
