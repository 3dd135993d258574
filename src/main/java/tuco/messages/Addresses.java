package tuco.messages;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tuco.messages.AcceptanceSql.FoundLead;

/**
 * In which order a message tries a person's addresses (contract 2.2): iMessage phone, alternate phones, e-mail, alternate
 * e-mails; SMS phones only; e-mail addresses only. A recipient that the body names comes before the lead's; alternates it
 * names are the lead's by now ({@link LeadBook#merged}).
 */
final class Addresses {
  private Addresses() {}

  /** The first address for this type, null when there is none; a null type means any. */
  static @Nullable String recipient(SendRequest wanted, FoundLead lead, @Nullable String type) {
    List<String> addresses = inOrder(wanted, lead, type == null ? "imessage" : type);
    return addresses.isEmpty() ? null : addresses.getFirst();
  }

  /** The recipient a body names by itself, whatever the lead has; null when only the lead knows one. */
  static @Nullable String named(SendRequest wanted) {
    if ("email".equals(wanted.type())) {
      return wanted.email();
    }
    return wanted.phone() != null || "sms".equals(wanted.type()) ? wanted.phone() : wanted.email();
  }

  /** All addresses for this type, without repetition. */
  static List<String> inOrder(SendRequest wanted, FoundLead lead, String type) {
    Set<String> order = new LinkedHashSet<>();
    boolean named = wanted.phone() != null || wanted.email() != null;
    if (!type.equals("email")) {
      add(order, wanted.phone());
      if (!named || wanted.phone() != null) {
        add(order, lead.addresses()[0]);
      }
      for (int i = 1; i <= 3; i++) {
        add(order, lead.addresses()[i]);
      }
    }
    if (!type.equals("sms")) {
      add(order, wanted.email());
      add(order, lead.addresses()[4]);
      for (int i = 5; i <= 7; i++) {
        add(order, lead.addresses()[i]);
      }
    }
    return new ArrayList<>(preferNamed(order, wanted, type));
  }

  /** An e-mail address named alone is meant: the lead's phone is not tried before it. */
  private static Set<String> preferNamed(Set<String> order, SendRequest wanted, String type) {
    if (wanted.phone() != null || wanted.email() == null || type.equals("sms")) {
      return order;
    }
    Set<String> named = new LinkedHashSet<>();
    named.add(wanted.email());
    named.addAll(order);
    return named;
  }

  private static void add(Set<String> order, @Nullable String address) {
    if (address != null) {
      order.add(address);
    }
  }
}
