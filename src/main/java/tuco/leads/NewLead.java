package tuco.leads;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tuco.http.Body;

/**
 * A lead to be created, checked.
 *
 * @param texts by place in {@link LeadFields#TEXTS}
 * @param addresses by place in {@link LeadFields#ADDRESSES}, normalised, each once
 * @param customFields JSON text of an object
 * @param ownerEmail who is to own it, as given; null for the workspace's first member
 */
record NewLead(
    @Nullable String[] texts, @Nullable String[] addresses, String customFields, List<String> tags,
    @Nullable String ownerEmail) {

  /**
   * What a batch says for all its leads.
   *
   * @param region the country of phone numbers that do not name theirs
   */
  record Defaults(String source, String region, @Nullable String ghlLocationId, @Nullable String ownerEmail) {}

  /** Reads one element of {@code leads}; its faults are recorded in the body. */
  static NewLead of(Body body, Phones phones, Defaults defaults) {
    @Nullable String[] texts = new String[LeadFields.TEXTS.size()];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = LeadFields.text(body, LeadFields.TEXTS.get(i));
    }
    @Nullable String[] addresses = new String[LeadFields.ADDRESSES.size()];
    boolean mentioned = false;
    for (int i = 0; i < addresses.length; i++) {
      LeadFields.Address field = LeadFields.ADDRESSES.get(i);
      addresses[i] = once(LeadFields.address(body, field, phones, defaults.region()), addresses);
      mentioned |= body.has(field.name());
    }
    String ownerEmail = Owners.named(body);
    if (!hasAddress(addresses) && (!mentioned || body.clean())) {
      body.fault("phone", "Either email or phone is required");
    }
    return new NewLead(texts, addresses, LeadFields.customFields(body), LeadFields.tags(body, "tags"), ownerEmail)
        .with(defaults);
  }

  /** The same with what the batch says where the lead says nothing. */
  NewLead with(Defaults defaults) {
    if (texts[LeadFields.SOURCE] == null) {
      texts[LeadFields.SOURCE] = defaults.source();
    }
    if (texts[LeadFields.GHL_LOCATION] == null) {
      texts[LeadFields.GHL_LOCATION] = defaults.ghlLocationId();
    }
    return ownerEmail != null ? this : new NewLead(texts, addresses, customFields, tags, defaults.ownerEmail());
  }

  /** The address, or null when an earlier field has it already. */
  static @Nullable String once(@Nullable String address, @Nullable String[] earlier) {
    for (String other : earlier) {
      if (address != null && address.equals(other)) {
        return null;
      }
    }
    return address;
  }

  static boolean hasAddress(@Nullable String[] addresses) {
    for (String address : addresses) {
      if (address != null) {
        return true;
      }
    }
    return false;
  }
}
