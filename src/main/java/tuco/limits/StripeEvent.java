package tuco.limits;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.http.Body;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * What an event of Stripe says about one subscription or invoice.
 *
 * @param rank orders events of one object within the same second
 * @param standing {@code good}, or why the workspace is to be read-only
 * @param priceIds of all that a subscription bills, in its order
 * @param workspace the one named in the subscription's metadata, null when none is
 */
record StripeEvent(
    String id, String type, Instant created, String kind, String objectId, int rank, String standing,
    @Nullable String subscriptionId, @Nullable String customerId, List<String> priceIds, @Nullable UUID workspace) {
  private static final long YEAR_10000 = 253_402_300_800L;

  /** Reads an event; null for one that says nothing about a workspace's plan or payments. */
  static @Nullable StripeEvent of(JsonNode event) {
    String named = text(event.path("type"));
    String type = named == null ? "" : named;
    JsonNode object = event.at("/data/object");
    String kind = object.path("object").asText();
    String standing = type.startsWith("customer.subscription.") && kind.equals("subscription")
        ? standingOfSubscription(type, object.path("status").asText())
        : type.startsWith("invoice.") && kind.equals("invoice") ? standingOfInvoice(type) : null;
    String id = text(event.path("id"));
    String objectId = text(object.path("id"));
    if (standing == null || id == null || objectId == null || !isTime(event.path("created"))) {
      return null;
    }
    boolean invoice = kind.equals("invoice");
    return new StripeEvent(id, type, Instant.ofEpochSecond(event.path("created").asLong()), kind, objectId, rank(type), standing,
        invoice ? first(object, "/parent/subscription_details/subscription", "/subscription") : objectId,
        first(object, "/customer"),
        invoice ? List.of() : prices(object),
        workspace(first(object, "/parent/subscription_details/metadata/workspace_id",
            "/subscription_details/metadata/workspace_id", "/metadata/workspace_id")));
  }

  private static @Nullable String standingOfSubscription(String type, String status) {
    if (type.equals("customer.subscription.deleted")) {
      return "suspended";
    }
    return switch (status) {
      case "active", "trialing" -> "good";
      case "past_due", "unpaid" -> "past_due";
      case "paused" -> "trial_ended";
      case "canceled" -> "suspended";
      // "incomplete", "incomplete_expired": nothing was bought, and a check-out that somebody breaks off takes nothing away.
      default -> null;
    };
  }

  private static @Nullable String standingOfInvoice(String type) {
    return switch (type) {
      case "invoice.paid", "invoice.payment_succeeded", "invoice.voided" -> "good";
      case "invoice.payment_failed", "invoice.payment_action_required", "invoice.marked_uncollectible" -> "past_due";
      default -> null;
    };
  }

  private static int rank(String type) {
    if (type.endsWith(".created") || type.endsWith("_failed") || type.endsWith("_required")) {
      return 0;
    }
    return List.of("customer.subscription.deleted", "invoice.paid").contains(type) ? 2 : 1;
  }

  private static boolean isTime(JsonNode seconds) {
    return seconds.isIntegralNumber() && seconds.canConvertToLong() && seconds.asLong() >= 0 && seconds.asLong() < YEAR_10000;
  }

  private static List<String> prices(JsonNode subscription) {
    List<String> prices = new ArrayList<>();
    for (JsonNode item : subscription.at("/items/data")) {
      String price = first(item, "/price/id", "/plan/id");
      if (price != null) {
        prices.add(price);
      }
    }
    String old = first(subscription, "/plan/id");
    return prices.isEmpty() && old != null ? List.of(old) : prices;
  }

  private static @Nullable UUID workspace(@Nullable String text) {
    return text == null ? null : Ids.parse(Kind.WORKSPACE, text.strip());
  }

  private static @Nullable String first(JsonNode object, String... places) {
    for (String place : places) {
      JsonNode value = object.at(place);
      // An expanded object instead of its id.
      String text = text(value.isObject() ? value.path("id") : value);
      if (text != null) {
        return text;
      }
    }
    return null;
  }

  private static @Nullable String text(JsonNode node) {
    return node.isTextual() && !node.asText().isBlank() && node.asText().length() <= 255 && Body.storable(node.asText()) ? node.asText() : null;
  }
}
