package tuco.db;

import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Columns of one row by name, wherever the row comes from: a result's own row, or a {@link Composite} within one. */
public interface Columns {
  /** A text, or whatever else reads as one. */
  @Nullable String text(String column) throws SQLException;

  @Nullable UUID uuid(String column) throws SQLException;

  @Nullable Integer number(String column) throws SQLException;

  /** False for null. */
  boolean flag(String column) throws SQLException;

  /** An instant; null for null and for PostgreSQL's minus infinity, which stands for "never". */
  @Nullable Instant instant(String column) throws SQLException;

  /** An array of texts; empty for null. */
  List<String> texts(String column) throws SQLException;

  /** An array of small numbers; null for null. */
  @Nullable List<Integer> numbers(String column) throws SQLException;

  /** The current row of a result. */
  static Columns of(ResultSet row) {
    return new Columns() {
      @Override
      public @Nullable String text(String column) throws SQLException {
        return row.getString(column);
      }

      @Override
      public @Nullable UUID uuid(String column) throws SQLException {
        return row.getObject(column, UUID.class);
      }

      @Override
      public @Nullable Integer number(String column) throws SQLException {
        int number = row.getInt(column);
        return row.wasNull() ? null : Integer.valueOf(number);
      }

      @Override
      public boolean flag(String column) throws SQLException {
        return row.getBoolean(column);
      }

      @Override
      public @Nullable Instant instant(String column) throws SQLException {
        Timestamp at = row.getTimestamp(column);
        return at == null || at.getTime() < 0 ? null : at.toInstant();
      }

      @Override
      public List<String> texts(String column) throws SQLException {
        Array array = row.getArray(column);
        return array == null ? List.of() : List.of((String[]) array.getArray());
      }

      @Override
      public @Nullable List<Integer> numbers(String column) throws SQLException {
        Array array = row.getArray(column);
        if (array == null) {
          return null;
        }
        List<Integer> numbers = new ArrayList<>();
        for (Object number : (Object[]) array.getArray()) {
          numbers.add(((Number) number).intValue());
        }
        return numbers;
      }
    };
  }
}
