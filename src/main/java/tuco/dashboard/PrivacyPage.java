package tuco.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.caller.Right;
import tuco.db.Tx;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.leads.Phones;
import tuco.privacy.PersonalData;

/** Settings > Personal data: a person asks what is stored of them, or wants to be forgotten (decisions 9.4). */
public final class PrivacyPage {
  private static final String HERE = "/settings/privacy";

  private final Pages pages;
  private final PersonalData data;
  private final Phones phones;

  public PrivacyPage(Pages pages, PersonalData data, Phones phones) {
    this.pages = pages;
    this.data = data;
    this.phones = phones;
  }

  /**
   * What the page shows.
   *
   * @param address what was asked for; empty at first
   * @param lead whose address that is; null when nobody's
   */
  public record View(String address, @Nullable String lead, boolean erases) {}

  /** What an erasure leaves for people to keep. */
  public record ReceiptView(JsonNode receipt) {}

  /** {@code GET /settings/privacy}: looks for the person. */
  public Response find(Request request, Tx tx) {
    String text = request.queryText("address");
    String address = text == null ? "" : text;
    String number = address.indexOf('@') < 0 ? phones.normalise(address) : null;
    UUID lead = address.isEmpty() ? null : data.leadOf(tx, number != null ? number : address.toLowerCase(java.util.Locale.ROOT));
    return pages.show(request, tx, "privacy/privacy.jte", "privacy", "Personal data",
        new View(address, Ids.textOrNull(Kind.LEAD, lead), tx.caller().may(Right.LEADS_WRITE)));
  }

  /** {@code GET /settings/privacy/{id}/erase}: asks first. */
  public Response erasing(Request request, Tx tx) {
    String id = Ids.text(Kind.LEAD, request.pathId("id", Kind.LEAD, tx.caller()));
    return pages.show(request, tx, "confirm.jte", "privacy", "Erase this person",
        new ConfirmView("Erase this person?", "Everything that is stored of them goes for good: messages, replies, names and addresses."
            + " A do-not-contact entry goes on to hold. This cannot be taken back.", HERE + "/" + id + "/erase", "Erase for good", HERE));
  }

  /** {@code POST /settings/privacy/{id}/erase}. */
  public Response erase(Request request, Tx tx) {
    JsonNode receipt = Answers.tree(data.erase(request, tx)).path("receipt");
    return pages.show(request, tx, "privacy/receipt.jte", "privacy", "Erased", new ReceiptView(receipt));
  }
}
