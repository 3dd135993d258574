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
 * A row that came as one value, {@code row(…)} in PostgreSQL's binary form, with the rows of whole tables in it.
 * PostgreSQL prepares every column anew at each level of a join and for each execution; for wide rows read by their key
 * that was most of the work. The pool of the application asks for this form (see {@link Database}).
 */
public final class Composite implements Columns {
  private static final long EPOCH_SECONDS_2000 = 946_684_800L;

  /** PostgreSQL's type of {@code jsonb}. */
  private static final int JSONB = 3802;

  private final Shape shape;
  private final ByteBuffer bytes;
  private final int[] starts;
  private final int[] lengths;

  /** The names of the columns, in order: of each table whose row comes first, then of what stands beside these. */
  public static final class Shape {
    private final Map<String, Integer> places = new HashMap<>();
    private final List<Integer> tables;
    private final int columns;
    private final int width;

    /**
     * @param tables for each table its columns as the catalogue lists them; of a name in several the last one counts
     */
    public Shape(List<List<String>> tables, List<String> columns) {
      int place = 0;
      for (List<String> table : tables) {
        for (String column : table) {
          places.put(column, place++);
        }
      }
      for (String column : columns) {
        places.put(column, place++);
      }
      this.tables = tables.stream().map(List::size).toList();
      this.columns = columns.size();
      this.width = place;
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
    this.starts = new int[shape.width];
    this.lengths = new int[shape.width];
    Arrays.fill(lengths, -1);
    if (bytes.getInt() != shape.tables.size() + shape.columns) {
      throw new IllegalStateException("not a row of " + shape.places.keySet());
    }
    int place = 0;
    for (int table : shape.tables) {
      bytes.position(bytes.position() + 8);
      int sent = bytes.getInt();
      // A migration by a newer node may have added columns at the end since the catalogue was read.
      for (int i = 0; i < sent; i++) {
        value(i < table ? place + i : -1);
      }
      place += table;
    }
    while (place < shape.width) {
      value(place++);
    }
  }

  /** Type, length, and what is to be found later. */
  private void value(int place) {
    int start = bytes.position() + 8;
    int length = bytes.getInt(start - 4);
    if (place >= 0) {
      starts[place] = start;
      lengths[place] = length;
    }
    bytes.position(start + Math.max(0, length));
  }

  @Override
  public @Nullable String text(String column) {
    int place = shape.place(column);
    if (lengths[place] < 0) {
      return null;
    }
    // JSON has the version of its form before it.
    int before = bytes.getInt(starts[place] - 8) == JSONB ? 1 : 0;
    return string(starts[place] + before, lengths[place] - before);
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
