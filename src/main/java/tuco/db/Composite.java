package tuco.db;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A row that came as one value, {@code row(…)} in PostgreSQL's binary form. PostgreSQL prepares every column anew at
 * each level of a join and for each execution; for a wide row read by its key that was most of the work. The pool of
 * the application asks for this form (see {@link Database}).
 */
public final class Composite implements Columns {
  private static final long EPOCH_SECONDS_2000 = 946_684_800L;

  private final Shape shape;
  private final ByteBuffer bytes;
  private final int[] starts;
  private final int[] lengths;

  /** The names of a row's columns, in order; a further last value may be a row of its own, and so on. */
  public static final class Shape {
    private final Map<String, Integer> places = new HashMap<>();
    private final int[] widths;

    /**
     * @param rows for each row within the one before, its columns as a query lists them: {@code t.name} or {@code … as name}
     */
    public Shape(String... rows) {
      widths = new int[rows.length];
      for (int i = 0; i < rows.length; i++) {
        String[] columns = rows[i].split(",\\s*");
        widths[i] = columns.length;
        for (String column : columns) {
          places.put(column.replaceFirst("(?s).*[\\s.]", ""), places.size());
        }
      }
    }

    private int place(String column) {
      Integer place = places.get(column);
      if (place == null) {
        throw new IllegalArgumentException("no column " + column);
      }
      return place;
    }
  }

  public Composite(Shape shape, byte[] binary) {
    this.shape = shape;
    this.bytes = ByteBuffer.wrap(binary);
    this.starts = new int[shape.places.size()];
    this.lengths = new int[starts.length];
    Arrays.fill(lengths, -1);
    int place = 0;
    int at = 0;
    for (int row = 0; row < shape.widths.length; row++) {
      int columns = shape.widths[row];
      boolean more = row + 1 < shape.widths.length;
      if (bytes.getInt(at) != columns + (more ? 1 : 0)) {
        throw new IllegalStateException("row " + row + " has " + bytes.getInt(at) + " columns");
      }
      at += 4;
      for (int i = 0; i < columns; i++, place++) {
        lengths[place] = bytes.getInt(at + 4);
        starts[place] = at + 8;
        at += 8 + Math.max(0, lengths[place]);
      }
      if (!more || bytes.getInt(at + 4) < 0) {
        return;
      }
      at += 8;
    }
  }

  @Override
  public @Nullable String text(String column) {
    int place = shape.place(column);
    return lengths[place] < 0 ? null : string(starts[place], lengths[place]);
  }

  private String string(int start, int length) {
    return new String(bytes.array(), start, length, StandardCharsets.UTF_8);
  }

  @Override
  public @Nullable UUID uuid(String column) {
    int place = shape.place(column);
    return lengths[place] < 0 ? null : new UUID(bytes.getLong(starts[place]), bytes.getLong(starts[place] + 8));
  }

  @Override
  public @Nullable Integer number(String column) {
    int place = shape.place(column);
    return lengths[place] < 0 ? null : integer(starts[place], lengths[place]);
  }

  private Integer integer(int start, int length) {
    return length == 2 ? Integer.valueOf(bytes.getShort(start)) : Integer.valueOf(bytes.getInt(start));
  }

  @Override
  public boolean flag(String column) {
    int place = shape.place(column);
    return lengths[place] > 0 && bytes.get(starts[place]) != 0;
  }

  @Override
  public @Nullable Instant instant(String column) {
    int place = shape.place(column);
    if (lengths[place] < 0) {
      return null;
    }
    long micros = bytes.getLong(starts[place]);
    return micros == Long.MIN_VALUE
        ? null
        : Instant.ofEpochSecond(EPOCH_SECONDS_2000 + Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1_000L);
  }

  @Override
  public List<String> texts(String column) {
    List<String> texts = new ArrayList<>();
    elements(shape.place(column), (start, length) -> texts.add(string(start, length)));
    return texts;
  }

  @Override
  public @Nullable List<Integer> numbers(String column) {
    int place = shape.place(column);
    if (lengths[place] < 0) {
      return null;
    }
    List<Integer> numbers = new ArrayList<>();
    elements(place, (start, length) -> numbers.add(integer(start, length)));
    return numbers;
  }

  /** The elements of an array of one dimension without nulls. */
  private void elements(int place, Element element) {
    if (lengths[place] < 0 || bytes.getInt(starts[place]) == 0) {
      return;
    }
    // Dimensions, whether there are nulls, the elements' type; of the one dimension its size and where it begins.
    int size = bytes.getInt(starts[place] + 12);
    int at = starts[place] + 20;
    for (int i = 0; i < size; i++) {
      int length = bytes.getInt(at);
      element.at(at + 4, length);
      at += 4 + length;
    }
  }

  @FunctionalInterface
  private interface Element {
    void at(int start, int length);
  }
}
