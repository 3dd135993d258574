package tuco.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tuco.db.Tx;
import tuco.http.Json;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Kind;
import tuco.inbox.OptOutWordsApi;
import tuco.leads.DncApi;

/** Who must not be contacted: found, added, and taken off again (decisions 5.7). */
public final class DncPage {
  private static final String HERE = "/leads/do-not-contact";

  private final Pages pages;
  private final DncApi api;
  private final OptOutWordsApi words;

  public DncPage(Pages pages, DncApi api, OptOutWordsApi words) {
    this.pages = pages;
    this.api = api;
    this.words = words;
  }

  /** An entry as the page shows it, out of the API's answer. */
  public record Row(JsonNode entry) {
    public String id() {
      return entry.path("_id").asText();
    }

    /** The address; of one who was erased only its hash is kept, so that they stay on the list. */
    public String address() {
      String phone = entry.path("phone").textValue();
      String address = phone == null ? entry.path("email").asText("") : phone;
      return address.isEmpty() ? "An erased address" : address;
    }

    public String reason() {
      return entry.path("reason").asText("");
    }

    /** How they came here, in words. */
    public String source() {
      return switch (entry.path("source").asText()) {
        case "reply" -> "By a reply";
        case "unsubscribe" -> "By the link in a mail";
        case "manual" -> "By hand or API";
        case "provider" -> "By the provider";
        default -> Words.capital(entry.path("source").asText());
      };
    }

    public Instant since() {
      return Instant.parse(entry.path("createdAt").asText());
    }
  }

  /** What the page shows. */
  public record View(List<Row> rows, @Nullable String search, int page, long pages, long total, boolean writes) {
    /** The address of another page. */
    public String at(int number) {
      return Answers.address(HERE, search == null ? Map.of() : Map.of("search", search), "page", Integer.toString(number));
    }
  }

  /** {@code GET /leads/do-not-contact}. */
  public Response show(Request request, Tx tx) {
    JsonNode answer = Answers.tree(api.list(request, tx));
    JsonNode pagination = answer.path("pagination");
    return pages.show(request, tx, "leads/dnc.jte", "leads", "Do not contact", new View(
        answer.path("entries").valueStream().map(Row::new).toList(), request.queryText("search"),
        pagination.path("page").asInt(), pagination.path("totalPages").asLong(), pagination.path("totalCount").asLong(),
        LeadsPage.writes(tx)));
  }

  /** {@code GET /leads/do-not-contact/new}. */
  public Response fresh(Request request, Tx tx) {
    return pages.show(request, tx, "leads/dnc-form.jte", "leads", "Add to the do-not-contact list", "");
  }

  /** {@code POST /leads/do-not-contact}. */
  public Response add(Request request, Tx tx) throws SQLException {
    ObjectNode body = Answers.texts(request.form(), "reason");
    String address = request.form().getOrDefault("address", "");
    if (address.isBlank()) {
      throw Problem.badField("address", "Give a phone number or an e-mail address.");
    }
    body.put(address.contains("@") ? "email" : "phone", address);
    JsonNode answer;
    try {
      answer = Answers.tree(api.add(request.withJson(body), tx));
    } catch (Problem problem) {
      throw Answers.renamed(problem, field -> field.equals("reason") ? field : "address");
    }
    int cancelled = answer.path("cancelledCount").asInt();
    return pages.done(request, HERE, new Row(answer.path("entry")).address()
        + (answer.path("alreadyListed").asBoolean() ? " was on the list already." : " is on the list.")
        + (cancelled == 0 ? "" : " Waiting messages that were cancelled: " + cancelled + "."));
  }

  /** {@code GET /leads/do-not-contact/{id}/remove}. */
  public Response removing(Request request, Tx tx) {
    UUID id = request.pathId("id", Kind.SUPPRESSION, tx.caller());
    String address = tx.ownQuery("""
            select coalesce(address, 'this address') from suppressions
             where workspace_id = :workspace and suppression_id = :id""")
        .bind("id", id).mapTo(String.class).findOne().orElseThrow(() -> Problem.notFound("Entry not found").code("dnc_not_found"));
    return pages.show(request, tx, "confirm.jte", "leads", "Take off the list", new ConfirmView(
        "Take " + address + " off the list?",
        "It can be written to again. Do this only if the person agrees: who opted out must stay on the list.",
        HERE + "/" + request.param("id") + "/remove", "Take it off", HERE));
  }

  /** {@code POST /leads/do-not-contact/{id}/remove}. */
  public Response remove(Request request, Tx tx) {
    api.remove(request.asking(Map.of("id", request.param("id"))), tx);
    return pages.done(request, HERE, "The address can be written to again.");
  }

  /** What the form of the opt-out words shows. */
  public record WordsView(String always, String own, String back, boolean helps, String help, String confirmation) {}

  /** {@code GET /leads/do-not-contact/words}. */
  public Response wording(Request request, Tx tx) {
    JsonNode answer = Answers.tree(words.show(request, tx));
    return pages.show(request, tx, "leads/dnc-words.jte", "leads", "Opt-out words", new WordsView(
        joined(answer.path("byLanguage").path("en"), ", "), joined(answer.path("words"), "\n"), joined(answer.path("optIn"), ", "),
        answer.path("answersHelp").asBoolean(), answer.path("helpText").asText(""), answer.path("confirmationText").asText("")));
  }

  private static String joined(JsonNode words, String between) {
    return words.valueStream().map(JsonNode::asText).collect(Collectors.joining(between));
  }

  /** {@code POST /leads/do-not-contact/words}. */
  public Response word(Request request, Tx tx) throws SQLException {
    ObjectNode body = Json.object();
    request.form().getOrDefault("words", "").lines().filter(word -> !word.isBlank()).forEach(body.putArray("words")::add);
    body.put("answersHelp", request.form().containsKey("answersHelp")).put("helpText", request.form().get("helpText"))
        .put("confirmationText", request.form().get("confirmationText"));
    try {
      words.replace(request.withJson(body), tx);
    } catch (Problem problem) {
      throw Answers.renamed(problem, field -> field.startsWith("words") ? "words" : field);
    }
    return pages.done(request, HERE, "The opt-out words are saved.");
  }
}
