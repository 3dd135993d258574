package tuco.staff;

import java.util.List;

/** What staff can ask for and do, in words for the people whose data it is. */
public final class SupportWords {
  /** How much a grant shows; the first is the usual one. */
  public static final List<String> SCOPES = List.of("metadata", "content");

  /** What a grant allows; read-only unless another is stated. */
  public static final List<String> ACCESS = List.of("read_only", "pause_lines");

  /** What a workspace allows. */
  public static final List<String> POLICIES = List.of("approval", "standing", "none");

  private SupportWords() {}

  /** How much a grant shows. */
  public static String scope(String scope) {
    return scope.equals("content") ? "Content" : "Metadata";
  }

  /** The same in a sentence. */
  public static String scopeMeaning(String scope) {
    return scope.equals("content")
        ? "Names, addresses and texts are shown."
        : "States, times and counts; names, addresses and texts are masked.";
  }

  /** What a grant allows. */
  public static String access(String access) {
    return access.equals("pause_lines") ? "read, and pause lines" : "read only";
  }

  /** What a workspace allows, in a sentence. */
  public static String policy(String policy) {
    return switch (policy) {
      case "standing" -> "Support may look as soon as it says why";
      case "none" -> "Support has no access";
      default -> "An owner approves every access first";
    };
  }

  /** What somebody of the staff did. */
  public static String act(String action) {
    return switch (action) {
      case "asked" -> "asked for access";
      case "gave_back" -> "gave the access back";
      case "overview" -> "opened the workspace";
      case "leads" -> "looked at the list of leads";
      case "lead" -> "looked at a lead";
      case "messages" -> "looked at the list of messages";
      case "message" -> "looked at a message";
      case "lines" -> "looked at the lines";
      case "campaigns" -> "looked at the campaigns";
      case "pause_line" -> "asked to pause a line";
      default -> action.replace('_', ' ');
    };
  }

  /** The state of a grant. */
  public static String status(String status) {
    return switch (status) {
      case "waiting" -> "Waiting";
      case "live" -> "Live";
      case "refused" -> "Refused";
      case "expired" -> "Expired";
      default -> "Ended";
    };
  }

  /** The colour of a grant's state. */
  public static String tone(String status) {
    return switch (status) {
      case "waiting" -> "wait";
      case "live" -> "good";
      default -> "";
    };
  }
}
