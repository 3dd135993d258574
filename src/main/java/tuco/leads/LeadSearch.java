package tuco.leads;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.ids.Ids;

/**
 * Finds leads. Words match from their beginning, by an index; only when nothing matches so, the text is looked for
 * anywhere in the names, address and company, by reading all leads (contract 2.6).
 */
public final class LeadSearch {
  /** As in the schema's {@code leads.search}: what separates words. */
  private static final Pattern BETWEEN_WORDS = Pattern.compile("[\\s,;:()\"'/&\\\\<>|!*?]+");

  private static final Pattern DIGITS = Pattern.compile("\\+?[0-9][0-9\\s().-]{4,}");

  private static final String ANYWHERE = """
      position(lower(:text) in lower(concat_ws(e'\\n', l.first_name || ' ' || l.last_name, l.email, l.phone, l.company_name))) > 0""";

  private final Duration patience;

  /**
   * @param patience how long a search may take before it is given up
   */
  public LeadSearch(Duration patience) {
    this.patience = patience;
  }

  /** What was asked. */
  public record Wanted(@Nullable String text, @Nullable UUID list, @Nullable String tag) {}

  /** A page of leads, newest first, and how many there are in all. */
  public record Found(ArrayNode leads, long total) {}

  /** One page by its number. */
  public Found page(Tx tx, Wanted wanted, int page, int limit) {
    return patiently(tx, () -> {
      long offset = (long) (page - 1) * limit;
      if (wanted.text() == null) {
        return plain(tx, wanted, offset, limit);
      }
      String words = words(tx.caller().tag(), wanted.text());
      Found found = words.isEmpty() ? new Found(Json.array(), 0) : byWords(tx, wanted, words, offset, limit);
      return found.total() > 0 ? found : anywhere(tx, wanted, offset, limit);
    });
  }

  /** Leads older than this one, newest first: stable under inserts, equally fast however deep. */
  public List<ObjectNode> after(Tx tx, Wanted wanted, @Nullable UUID before, int limit) {
    return patiently(tx, () -> {
      String words = wanted.text() == null ? "" : words(tx.caller().tag(), wanted.text());
      if (wanted.text() == null) {
        return after(tx, wanted, "", null, before, limit);
      }
      List<ObjectNode> found = words.isEmpty() ? List.of() : after(tx, wanted, words, null, before, limit);
      // Past the last of those whose words match there is nothing; where no word of anybody matches, the pages looked anywhere.
      boolean anywhere = found.isEmpty()
          && (before == null || words.isEmpty() || after(tx, wanted, words, null, null, 1).isEmpty());
      return anywhere ? after(tx, wanted, "", wanted.text(), before, limit) : found;
    });
  }

  private static List<ObjectNode> after(
      Tx tx, Wanted wanted, String words, @Nullable String anywhere, @Nullable UUID before, int limit) {
    return tx.ownQuery("select " + LeadJson.COLUMNS + " from leads l" + """
             where l.workspace_id = :workspace
               and (cast(:list as uuid) is null or l.list_id = :list)
               and (cast(:tag as text) is null or cast(:tag as text) = any (l.tags))
               and (cast(:before as uuid) is null or l.lead_id < :before)
               and (:words = '' or l.lead_id in (select leads_by_words(cast(:words as tsquery), :list)))
               and (cast(:text as text) is null or %s)
             order by l.lead_id desc
             limit :limit""".indent(1).formatted(ANYWHERE))
        .bind("list", wanted.list()).bind("tag", wanted.tag()).bind("before", before)
        .bind("words", words).bind("text", anywhere).bind("limit", limit)
        .map((row, context) -> LeadJson.of(row)).list();
  }

  private static Found plain(Tx tx, Wanted wanted, long offset, int limit) {
    String where = """
         from leads l
        where l.workspace_id = :workspace
          and (cast(:list as uuid) is null or l.list_id = :list)
          and (cast(:tag as text) is null or cast(:tag as text) = any (l.tags))
        """.indent(1);
    long total = tx.ownQuery("select count(*)" + where)
        .bind("list", wanted.list()).bind("tag", wanted.tag()).mapTo(Long.class).one();
    ArrayNode leads = Json.array();
    tx.ownQuery("select " + LeadJson.COLUMNS + where + " order by l.lead_id desc limit :limit offset :offset")
        .bind("list", wanted.list()).bind("tag", wanted.tag()).bind("limit", limit).bind("offset", offset)
        .map((row, context) -> LeadJson.of(row)).forEach(leads::add);
    return new Found(leads, total);
  }

  /** The index finds the ids; the leads themselves are read under row security. */
  private static Found byWords(Tx tx, Wanted wanted, String words, long offset, int limit) {
    return found(tx.ownQuery("""
            with hits as materialized (
              select l.lead_id
                from leads_by_words(cast(:words as tsquery), :list) as h (lead_id)
                join leads l on l.workspace_id = :workspace and l.lead_id = h.lead_id
               where (cast(:tag as text) is null or cast(:tag as text) = any (l.tags)))
            select c.total, %s
              from (select count(*) as total from hits) c
              left join (select lead_id from hits order by lead_id desc limit :limit offset :offset) p on true
              left join leads l on l.workspace_id = :workspace and l.lead_id = p.lead_id
             order by l.lead_id desc""".formatted(LeadJson.COLUMNS))
        .bind("words", words), wanted, offset, limit);
  }

  private static Found anywhere(Tx tx, Wanted wanted, long offset, int limit) {
    return found(tx.ownQuery("""
            with hits as materialized (
              select l.lead_id
                from leads l
               where l.workspace_id = :workspace
                 and (cast(:list as uuid) is null or l.list_id = :list)
                 and (cast(:tag as text) is null or cast(:tag as text) = any (l.tags))
                 and %s)
            select c.total, %s
              from (select count(*) as total from hits) c
              left join (select lead_id from hits order by lead_id desc limit :limit offset :offset) p on true
              left join leads l on l.workspace_id = :workspace and l.lead_id = p.lead_id
             order by l.lead_id desc""".formatted(ANYWHERE, LeadJson.COLUMNS))
        .bind("text", wanted.text()), wanted, offset, limit);
  }

  private static Found found(org.jdbi.v3.core.statement.Query query, Wanted wanted, long offset, int limit) {
    ArrayNode leads = Json.array();
    long[] total = {0};
    query.bind("list", wanted.list()).bind("tag", wanted.tag()).bind("limit", limit).bind("offset", offset)
        .map((row, context) -> {
          total[0] = row.getLong("total");
          // A page past the end still says how many there are.
          return row.getObject("lead_id") == null ? Json.object() : LeadJson.of(row);
        })
        .filter(lead -> !lead.isEmpty())
        .forEach(leads::add);
    return new Found(leads, total[0]);
  }

  /** The text as a query over {@code leads.search}; empty when it has no word. */
  static String words(int tag, String text) {
    String salt = "%08x".formatted(tag);
    String plain = DIGITS.matcher(text.strip()).matches() ? text.replaceAll("[^0-9]", "") : text;
    return Arrays.stream(BETWEEN_WORDS.split(plain.toLowerCase(Locale.ROOT)))
        .map(word -> word.startsWith("+") ? word.substring(1) : word)
        .filter(word -> !word.isEmpty())
        .limit(20)
        .map(word -> "'" + salt + word + "':*")
        .collect(Collectors.joining(" & "));
  }

  private <T> T patiently(Tx tx, Search<T> search) {
    try {
      limit(tx, patience.toMillis());
      T found = search.run();
      limit(tx, 30_000);
      return found;
    } catch (JdbiException e) {
      if (e.getCause() instanceof SQLException cause && "57014".equals(cause.getSQLState())) {
        throw Problem.of(503, "Search timed out. Try a more specific search or fewer results.").code("search_timeout")
            .header("Retry-After", "1");
      }
      throw e;
    }
  }

  private static void limit(Tx tx, long millis) {
    tx.query("select set_config('statement_timeout', :millis, true)")
        .bind("millis", Long.toString(millis)).mapTo(String.class).one();
  }

  @FunctionalInterface
  private interface Search<T> {
    T run();
  }

  /** The position after this lead, for the next page; opaque to clients. */
  static String cursor(UUID lead) {
    return Ids.text(tuco.ids.Kind.LEAD, lead).substring(3);
  }

  /** The position a cursor stands for. */
  static UUID position(String cursor) {
    UUID lead = Ids.parse(tuco.ids.Kind.LEAD, "ld_" + cursor);
    if (lead == null) {
      throw Problem.badField("cursor", "Invalid cursor");
    }
    return lead;
  }
}
