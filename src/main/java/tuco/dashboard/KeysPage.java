package tuco.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.access.Key;
import tuco.access.KeySettings;
import tuco.access.Keys;
import tuco.access.KeysApi;
import tuco.access.Members;
import tuco.audit.Action;
import tuco.audit.AuditLog;
import tuco.caller.Right;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** Settings > API keys: what keys there are, and everything owners and admins do with them (K1 to K5). */
public final class KeysPage {
  private static final int MOST = 100;
  private static final String HERE = "/settings/api-keys";

  private final Pages pages;
  private final Keys keys;
  private final KeysApi api;
  private final Members members;
  private final Clock clock;

  public KeysPage(Pages pages, Keys keys, KeysApi api, Members members, Clock clock) {
    this.pages = pages;
    this.keys = keys;
    this.api = api;
    this.members = members;
    this.clock = clock;
  }

  /** A key as the pages show it. */
  public record Row(Key key, String environment) {
    Row(Key key) {
      this(key, key.settings().environment());
    }

    public String name() {
      return Ids.text(Kind.KEY, key.id());
    }

    /** Enough of each live secret to recognise it, the newest first. */
    public List<String> masked() {
      return key.secrets().stream().map(secret -> secret.prefix() + "…" + secret.lastFour()).toList();
    }

    /** When the older of two secrets ends; null when there is one. */
    public @Nullable Instant overlapEnds() {
      return key.secrets().stream().map(Key.Secret::endsAt).filter(java.util.Objects::nonNull).findFirst().orElse(null);
    }

    public boolean active() {
      return key.state() == Key.State.ACTIVE;
    }

    public boolean disabled() {
      return key.state() == Key.State.DISABLED;
    }

    /** What the key may do, in words. */
    public String access() {
      var rights = key.settings().rights();
      return rights.equals(Right.FULL) ? "Full access"
          : rights.equals(Right.READS) ? "Read only"
          : rights.equals(Right.SEND_ONLY) ? "Send only" : rights.size() + " chosen rights";
    }
  }

  /** What the list shows; {@code askFor} for members who may not manage keys. */
  public record ListView(List<Row> rows, int total, boolean manages, List<Members.Member> askFor, List<Notices.Notice> notices) {}

  /** What the form for a new or a changed key shows. */
  public record FormView(
      @Nullable Row row, String environment, List<String> environments, List<Right> offered, String access,
      @Nullable String expires, String addresses) {
    public boolean has(Right right) {
      return row == null ? Right.FULL.contains(right) : row.key().settings().rights().contains(right);
    }
  }

  /** Calls of a key by what they did, for the days since. */
  public record Calls(String route, int status, long calls, Instant lastAt) {}

  /** Something a key changed, from the audit log. */
  public record Deed(String what, String object, Instant at) {}

  /** What the page of one key shows. */
  public record DetailView(Row row, @Nullable String creator, List<Calls> recent, List<Deed> deeds) {}

  /** What a dialogue shows that asks before it stops something. */
  public record ConfirmView(Row row, String action, long recentCalls, List<Calls> recent) {}

  /** A secret, this once. */
  public record RevealView(String label, String name, String secret, boolean rotated, @Nullable Instant overlapEnds) {}

  /** {@code GET /settings/api-keys}. */
  public Response list(Request request, Tx tx) {
    boolean manages = tx.caller().may(Right.KEYS_MANAGE);
    Keys.Page found = keys.list(tx, tx.workspace(), false, 1, MOST);
    return pages.show(request, tx, "keys/list.jte", "keys", "API keys", new ListView(
        found.keys().stream().map(Row::new).toList(), found.total(), manages, members.ownersAndAdmins(tx),
        Notices.ofKeys(tx)));
  }

  /** {@code GET /settings/api-keys/new}. */
  public Response fresh(Request request, Tx tx) {
    return pages.show(request, tx, "keys/form.jte", "keys", "New API key",
        new FormView(null, environment(tx), KeySettings.ENVIRONMENTS, offered(tx), "full", null, ""));
  }

  /** {@code GET /settings/api-keys/{id}/edit}. */
  public Response edit(Request request, Tx tx) {
    Row row = wanted(request, tx);
    KeySettings settings = row.key().settings();
    String access = settings.rights().equals(Right.FULL) ? "full"
        : settings.rights().equals(Right.READS) ? "read_only"
        : settings.rights().equals(Right.SEND_ONLY) ? "send_only" : "custom";
    String expires = settings.expiresAt() == null ? null : LocalDate.ofInstant(settings.expiresAt(), ZoneOffset.UTC).toString();
    return pages.show(request, tx, "keys/form.jte", "keys", "Edit API key", new FormView(
        row, settings.environment(), KeySettings.ENVIRONMENTS, offered(tx), access, expires,
        String.join("\n", settings.allowedAddresses())));
  }

  private static String environment(Tx tx) {
    return tx.ownQuery("select environment from workspaces where workspace_id = :workspace").mapTo(String.class).one();
  }

  /** Nobody can give what they do not have (decisions 2.4). */
  private static List<Right> offered(Tx tx) {
    return java.util.Arrays.stream(Right.values()).filter(tx.caller()::may).toList();
  }

  /** {@code POST /settings/api-keys}: the one page that shows the secret (K13). */
  public Response create(Request request, Tx tx) {
    JsonNode answer = Answers.tree(api.create(request.withJson(KeyForm.body(request.form(), false)), tx));
    return reveal(request, tx, answer, false);
  }

  /** {@code POST /settings/api-keys/{id}}. */
  public Response change(Request request, Tx tx) {
    JsonNode answer = Answers.tree(api.change(request.withJson(KeyForm.body(request.form(), true)), tx));
    return pages.done(request, HERE, "“" + answer.at("/apiKey/label").asText() + "” was changed. It holds from now on.");
  }

  /** {@code POST /settings/api-keys/{id}/rotate}. */
  public Response rotate(Request request, Tx tx) throws java.sql.SQLException {
    ObjectNode body = Json.object();
    body.put("overlapSeconds", seconds(request.form().getOrDefault("overlap", "0")));
    return reveal(request, tx, Answers.tree(api.rotate(request.withJson(body), tx)), true);
  }

  private static int seconds(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw Problem.badField("overlap", "Choose how long the old value may go on.");
    }
  }

  private Response reveal(Request request, Tx tx, JsonNode answer, boolean rotated) {
    UUID id = Ids.parse(Kind.KEY, answer.at("/apiKey/_id").asText());
    Row row = new Row(keys.find(tx, tx.workspace(), java.util.Objects.requireNonNull(id)).orElseThrow());
    return pages.show(request, tx, "keys/reveal.jte", "keys", "Your new API key", new RevealView(
        row.key().settings().label(), row.name(), answer.path("secret").asText(), rotated, row.overlapEnds()));
  }

  /** {@code POST /settings/api-keys/{id}/end-overlap}. */
  public Response endOverlap(Request request, Tx tx) {
    return done(request, api.endOverlap(request.withJson(Json.object()), tx), "The old value of “%s” stopped. Only the new one works.");
  }

  /** {@code POST /settings/api-keys/{id}/disable}. */
  public Response disable(Request request, Tx tx) {
    return done(request, api.disable(request.withJson(Json.object()), tx), "“%s” is disabled. It stopped at once.");
  }

  /** {@code POST /settings/api-keys/{id}/enable}. */
  public Response enable(Request request, Tx tx) {
    return done(request, api.enable(request.withJson(Json.object()), tx), "“%s” works again.");
  }

  /** {@code POST /settings/api-keys/{id}/remove}. */
  public Response remove(Request request, Tx tx) {
    return done(request, api.remove(request.withJson(Json.object()), tx), "“%s” is removed. It stopped at once; your data is untouched.");
  }

  private Response done(Request request, Response answer, String sentence) {
    return pages.done(request, HERE, sentence.formatted(Answers.tree(answer).at("/apiKey/label").asText()));
  }

  /** {@code GET /settings/api-keys/{id}}. */
  public Response detail(Request request, Tx tx) {
    Row row = wanted(request, tx);
    UUID by = row.key().createdBy();
    String creator = by == null ? null : members.list(tx).stream().filter(member -> member.personId().equals(by))
        .map(member -> member.name().isBlank() ? member.email() : member.name()).findFirst().orElse(null);
    return pages.show(request, tx, "keys/detail.jte", "keys", row.key().settings().label(),
        new DetailView(row, creator, recent(tx, row.key().id()), deeds(tx, row.name())));
  }

  /** The latest things the key changed that the audit log keeps. */
  private static List<Deed> deeds(Tx tx, String key) {
    return AuditLog.page(tx, new AuditLog.Filter(key, null, null, null, null), Long.MAX_VALUE, 20).stream()
        .map(entry -> new Deed(
            Action.of(entry.path("action").asText()).map(Action::words).orElse(entry.path("action").asText()),
            entry.path("object").asText(), Instant.parse(entry.path("at").asText())))
        .toList();
  }

  /** {@code GET /settings/api-keys/{id}/rotate}, {@code …/disable}, {@code …/remove}: what will stop, before it does. */
  public Response confirm(Request request, Tx tx) {
    Row row = wanted(request, tx);
    List<Calls> recent = recent(tx, row.key().id());
    String action = request.path().substring(request.path().lastIndexOf('/') + 1);
    return pages.show(request, tx, "keys/confirm.jte", "keys", Words.capital(action) + " API key",
        new ConfirmView(row, action, recent.stream().mapToLong(Calls::calls).sum(), recent));
  }

  private List<Calls> recent(Tx tx, UUID key) {
    return tx.ownQuery("""
            select route, status, sum(calls) as calls, max(last_at) as last_at
              from key_activity
             where workspace_id = :workspace and key_id = :key and day >= :since
             group by route, status
             order by max(last_at) desc
             limit 20""")
        .bind("key", key).bind("since", LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC).minusDays(7))
        .map((row, context) -> new Calls(
            row.getString("route"), row.getInt("status"), row.getLong("calls"), row.getTimestamp("last_at").toInstant()))
        .list();
  }

  private Row wanted(Request request, Tx tx) {
    UUID id = request.pathId("id", Kind.KEY, tx.caller());
    return keys.find(tx, tx.workspace(), id).map(Row::new).orElseThrow(() -> Problem.notFound("API key not found"));
  }
}
