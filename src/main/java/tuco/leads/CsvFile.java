package tuco.leads;

import com.fasterxml.jackson.databind.JsonNode;
import de.siegmar.fastcsv.reader.CloseableIterator;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tuco.http.Problem;

/** A CSV file read line by line as it arrives: charset and separator found by its beginning, size limited, memory flat. */
final class CsvFile implements AutoCloseable {
  /** The largest file (decisions 1.1). */
  static final long MAX_BYTES = 1L << 30;

  private static final int FIRST_LINE = 64 * 1024;
  /** Enough to tell a charset by, and so little that nobody's upload waits for it. */
  private static final int BEGINNING = 16 * 1024;
  private static final Charset WINDOWS = Charset.forName("windows-1252");

  private final Counting bytes;
  private final CloseableIterator<CsvRecord> records;
  private final CsvMapping mapping;
  private final Charset charset;

  /**
   * Reads the header.
   *
   * @param given the charset, where the file begins with no byte order mark; null finds it out
   * @param separator the character between cells; null finds it out
   * @throws Problem 400 when there is no usable header, 413 when the file is too large
   */
  CsvFile(InputStream body, @Nullable Charset given, @Nullable Character separator, JsonNode mapping) throws IOException {
    bytes = new Counting(body);
    BufferedInputStream buffered = new BufferedInputStream(bytes, FIRST_LINE);
    charset = given == null ? charset(buffered) : given;
    records = CsvReader.builder()
        .fieldSeparator(separator == null ? separator(buffered) : separator)
        .skipEmptyLines(true)
        .extraFieldStrategy(FieldMismatchStrategy.IGNORE).missingFieldStrategy(FieldMismatchStrategy.IGNORE)
        .detectBomHeader(true).maxBufferSize(1024 * 1024)
        .ofCsvRecord(buffered, charset)
        .iterator();
    CsvRecord header = next();
    if (header == null) {
      throw Problem.bad("The file is empty; its first line must name the columns").code("no_header");
    }
    this.mapping = CsvMapping.of(header.getFields(), mapping);
  }

  /** UTF-8 where the beginning is, else what spreadsheets on Windows write. FastCSV knows byte order marks by itself. */
  private static Charset charset(BufferedInputStream in) throws IOException {
    in.mark(BEGINNING);
    byte[] beginning = in.readNBytes(BEGINNING);
    in.reset();
    boolean marked = beginning.length > 1 && (beginning[0] & 0xfe) == 0xfe && (beginning[1] & 0xfe) == 0xfe;
    return marked || StandardCharsets.UTF_8.newDecoder()
        .decode(ByteBuffer.wrap(beginning), CharBuffer.allocate(BEGINNING), false).isUnderflow() ? StandardCharsets.UTF_8 : WINDOWS;
  }

  private static char separator(BufferedInputStream in) throws IOException {
    in.mark(FIRST_LINE);
    int commas = 0;
    int semicolons = 0;
    int tabs = 0;
    boolean quoted = false;
    for (int i = 0; i < FIRST_LINE - 1; i++) {
      int c = in.read();
      if (c < 0 || c == '\n' && !quoted) {
        break;
      }
      quoted ^= c == '"';
      commas += !quoted && c == ',' ? 1 : 0;
      semicolons += !quoted && c == ';' ? 1 : 0;
      tabs += !quoted && c == '\t' ? 1 : 0;
    }
    in.reset();
    return semicolons > commas && semicolons >= tabs ? ';' : tabs > commas ? '\t' : ',';
  }

  Charset charset() {
    return charset;
  }

  CsvMapping mapping() {
    return mapping;
  }

  long bytesRead() {
    return bytes.count;
  }

  /** The next line that is not empty; null at the end. */
  @Nullable CsvRecord next() throws IOException {
    try {
      return records.hasNext() ? records.next() : null;
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } catch (CsvParseException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw Problem.bad("The file is not valid CSV: " + e.getMessage()).code("invalid_csv")
          .detail("What was imported before stays, and repeating it is safe. " + cause.getMessage());
    }
  }

  @Override
  public void close() throws IOException {
    records.close();
  }

  /** Counts, and stops at the largest size. */
  private static final class Counting extends FilterInputStream {
    private long count;

    Counting(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int one = super.read();
      add(one < 0 ? 0 : 1);
      return one;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int read = super.read(target, offset, length);
      add(Math.max(read, 0));
      return read;
    }

    private void add(int read) {
      count += read;
      if (count > MAX_BYTES) {
        throw Problem.of(413, "The file may have at most 1 GiB.").code("body_too_large");
      }
    }
  }
}
