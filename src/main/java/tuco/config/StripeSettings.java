package tuco.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How Stripe's events are known and what its prices mean (decisions 4.5).
 *
 * @param secrets the signing secrets of the webhook endpoint; several while one is being replaced
 * @param plans the plan by the id of a price
 */
public record StripeSettings(List<String> secrets, Map<String, String> plans) {
  /** What the settings say. Without a secret no event is taken. */
  static StripeSettings of(Settings settings) {
    Map<String, String> plans = new LinkedHashMap<>();
    for (String pair : settings.list(Setting.STRIPE_PRICES)) {
      String[] parts = pair.split("=", -1);
      if (parts.length != 2 || parts[0].isBlank() || parts[1].isBlank()) {
        throw Settings.wrong(Setting.STRIPE_PRICES, "must hold pairs such as price_123=starter, separated by commas");
      }
      plans.put(parts[0].strip(), parts[1].strip());
    }
    return new StripeSettings(settings.list(Setting.STRIPE_SECRET), plans);
  }

  /** Takes no events. */
  public static StripeSettings none() {
    return new StripeSettings(List.of(), Map.of());
  }

  @Override
  public String toString() {
    return "StripeSettings[" + plans + "]";
  }
}
