package tuco.dashboard;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What states and reasons are called on the pages, in one place. */
public final class Words {
  /** The states of a message that has not left yet, and of one that came to nothing, as a filter of the list. */
  public static final String WAITING = "queued,pending,scheduled";
  public static final String NOT_ARRIVED = "failed,fallback";

  private Words() {}

  /** The states of a message that somebody can filter by, with their labels. */
  public static Map<String, String> statuses() {
    Map<String, String> labels = new LinkedHashMap<>();
    labels.put(WAITING, "All that wait");
    labels.put(NOT_ARRIVED, "All that did not arrive");
    for (String status : new String[] {
        "queued", "pending", "scheduled", "sending", "sent", "delivered", "fallback", "failed", "cancelled", "unknown"}) {
      labels.put(status, status(status));
    }
    return labels;
  }

  /** The label of a message's state. */
  public static String status(String status) {
    return switch (status) {
      case "queued" -> "Waiting";
      case "pending" -> "Next in line";
      case "scheduled" -> "Scheduled";
      case "sending" -> "Sending";
      case "sent" -> "Sent";
      case "delivered" -> "Delivered";
      case "fallback" -> "Not reachable";
      case "failed" -> "Failed";
      case "cancelled" -> "Cancelled";
      case "unknown" -> "Not confirmed";
      case "received" -> "Received";
      default -> status;
    };
  }

  /** What a message's state means, in a sentence. */
  public static String statusMeaning(String status) {
    return switch (status) {
      case "queued", "scheduled" -> "It is stored and goes out by itself when its time comes.";
      case "pending", "sending" -> "It is on its way.";
      case "sent" -> "The provider has taken it and will deliver it.";
      case "delivered" -> "It has arrived.";
      case "fallback" -> "No address of this person can be reached on this channel.";
      case "failed" -> "It was not sent, and will not be tried again.";
      case "cancelled" -> "It was called off before it was sent.";
      case "unknown" -> "It was handed over, but the answer was lost. We are asking the provider, and do not send it twice.";
      case "received" -> "It came in.";
      default -> "";
    };
  }

  /** The colour of a message's state. */
  public static String statusTone(String status) {
    return switch (status) {
      case "delivered", "received" -> "good";
      case "sent", "sending", "pending" -> "info";
      case "queued", "scheduled", "unknown" -> "wait";
      case "failed", "fallback" -> "bad";
      default -> "";
    };
  }

  /** Why a workspace is read-only and what to do about it (B3). */
  public static String readOnly(@Nullable String reason) {
    String why = switch (reason == null ? "" : reason) {
      case "past_due" -> "A payment is due. An owner settles it; what waits then goes out by itself.";
      case "trial_ended" -> "The trial or the plan has ended. An owner chooses a plan; what waits then goes out by itself.";
      case "suspended" -> "The workspace is suspended. An owner asks whoever runs this Tuco.";
      default -> "Whoever runs this Tuco has set this by hand. An owner asks them.";
    };
    return why + " Everything can be read and exported, and keys can be revoked.";
  }

  /** Why a message waits, in words. */
  public static String wait(@Nullable String reason) {
    if (reason == null) {
      return "";
    }
    return switch (reason) {
      case "window" -> "Outside its sending hours";
      case "line_daily_new" -> "The line has reached its limit of new people for today";
      case "line_daily_total" -> "The line has reached its limit of messages for today";
      case "line_hourly_new" -> "The line has reached its limit of new people for this hour";
      case "device_gap" -> "Keeping a pause after the message before it";
      case "contact_gap" -> "Keeping a pause between new people";
      case "plan_daily" -> "The workspace has reached its limit of messages for today";
      case "plan_monthly" -> "The workspace has reached its limit of messages for this month";
      case "plan_new_daily" -> "The workspace has reached its limit of new people for today";
      case "read_only" -> "The workspace is read-only";
      case "line_down" -> "The line does not work at the moment";
      case "line_paused" -> "The line is paused";
      case "no_line" -> "No line can send it at the moment";
      case "step_delay" -> "Waiting for the delay of its campaign step";
      case "campaign_paused" -> "The campaign is paused";
      case "out_of_office" -> "Out of the office; it goes on afterwards";
      case "daily_touch" -> "Another campaign writes to them today";
      case "possible_opt_out" -> "They may have opted out in other words: somebody has to look in the inbox first";
      case "same_text" -> "Ten people just got these words from this line; it goes on within minutes. More wordings, or a spin, make it faster";
      case "no_postal_address" -> "Mails of campaigns need your postal address: set it under Campaigns, Sending rules";
      case "spacing" -> "Keeping the campaign's distance between first messages";
      case "not_worked_on" -> "No node works on campaigns at the moment";
      case "line_capacity" -> "Waiting for its turn on a line";
      case "lines_down" -> "All lines of the campaign are down";
      case "scheduled" -> "Waiting for its planned time";
      case "retry" -> "The provider asked to try again later";
      default -> reason.replace('_', ' ');
    };
  }

  /** The colour of a webhook's delivery. */
  public static String deliveryTone(String status) {
    return switch (status) {
      case "delivered" -> "good";
      case "pending", "sending" -> "wait";
      case "failed" -> "bad";
      default -> "";
    };
  }

  /** Why a webhook was switched off by itself, and what to do. */
  public static String webhookOff(String reason) {
    return switch (reason) {
      case "gone" -> "Your server answered 410, which means: never again. Switch it on once the address takes events.";
      case "failing" -> "Nothing got through for five days. Repair your server, switch it on, and send the time it missed again.";
      default -> reason.replace('_', ' ');
    };
  }

  /** Why an event could not be delivered. */
  public static String deliveryFailure(String failure) {
    return switch (failure) {
      case "invalid_url" -> "the address cannot be used";
      case "dns" -> "the name was not found";
      case "address_refused" -> "the address is a private one";
      case "connect" -> "no connection";
      case "tls" -> "no trust in its certificate";
      case "timeout" -> "no answer in time";
      case "broken" -> "the connection broke";
      case "redirect" -> "it sent us elsewhere";
      case "status" -> "it refused";
      case "throttled" -> "it asked us to slow down";
      case "disabled" -> "the webhook was off";
      default -> failure.replace('_', ' ');
    };
  }

  /** What made a message change, in words. */
  public static String cause(String cause) {
    return switch (cause) {
      case "accepted" -> "accepted and stored";
      case "claimed" -> "handed over to its line";
      case "accepted_by_provider" -> "taken by the provider";
      case "delivered_by_provider" -> "the provider says it has arrived";
      case "delivery_receipt" -> "the provider reports that it has arrived";
      case "not_reachable" -> "cannot be reached on this channel";
      case "refused_by_provider" -> "refused by the provider";
      case "line_failed" -> "the line failed; it waits again";
      case "attempts_used" -> "all attempts are used";
      case "fallback_sms" -> "follows a message that did not arrive by iMessage";
      case "next_address" -> "cannot be reached there; the next address is tried";
      case "sent_again_by_hand" -> "sent again by hand; it may arrive twice";
      case "given_up_by_hand" -> "given up by hand";
      case "help_answer" -> "answers HELP by itself";
      case "opt_out_confirmation" -> "confirms their opt-out by itself";
      case "too_late" -> "could not leave within minutes, and later it would only disturb";
      case "complained" -> "the recipient reported it as spam";
      case "outcome_unknown" -> "the provider's answer was lost";
      default -> cause.replace('_', ' ');
    };
  }

  /** The name of a channel. */
  public static String channel(String type) {
    return switch (type) {
      case "imessage" -> "iMessage";
      case "sms" -> "SMS";
      case "email" -> "E-mail";
      default -> type;
    };
  }

  /** The name of a kind of line. */
  public static String lineKind(String kind) {
    return switch (kind) {
      case "simulator" -> "Simulated line";
      case "smtp" -> "E-mail by SMTP";
      case "twilio" -> "SMS by Twilio";
      case "bluebubbles" -> "iMessage by BlueBubbles";
      case "sendblue" -> "iMessage by Sendblue";
      case "smsgateway" -> "SMS by an Android phone";
      default -> capital(kind);
    };
  }

  /** The colour of an environment. */
  public static String environmentTone(String environment) {
    return switch (environment) {
      case "staging" -> "wait";
      case "development" -> "info";
      default -> "";
    };
  }

  /** A word with a capital letter, for labels made of the words of the API. */
  public static String capital(String word) {
    return word.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1).replace('_', ' ');
  }
}
