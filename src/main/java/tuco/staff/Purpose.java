package tuco.staff;

import java.util.Arrays;
import java.util.Optional;

/** Why staff may ask for access: the one list of reasons (decisions 9.1). */
public enum Purpose {
  SUPPORT_REQUEST("support_request", "The workspace asked for help"),
  DELIVERY_PROBLEM("delivery_problem", "Messages do not arrive as they should"),
  BILLING_QUESTION("billing_question", "A question about billing or limits"),
  ABUSE_REPORT("abuse_report", "A report of abuse"),
  SECURITY_INCIDENT("security_incident", "A security incident"),
  LEGAL_OBLIGATION("legal_obligation", "A legal obligation");

  private final String wire;
  private final String words;

  Purpose(String wire, String words) {
    this.wire = wire;
    this.words = words;
  }

  /** The name on the wire and in the database. */
  public String wire() {
    return wire;
  }

  /** The same for people. */
  public String words() {
    return words;
  }

  /** The purpose of this name. */
  public static Optional<Purpose> of(String wire) {
    return Arrays.stream(values()).filter(purpose -> purpose.wire.equals(wire)).findAny();
  }
}
