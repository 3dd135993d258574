package tuco.dashboard;

import org.jspecify.annotations.Nullable;
import tuco.caller.Caller;
import tuco.caller.Right;

/**
 * What surrounds every page.
 *
 * @param active the entry of the navigation that is lit
 * @param caller null on pages for everybody
 * @param csrf for the hidden field of every form
 * @param notice what the last form did, shown once
 */
public record Frame(
    String title, String active, @Nullable Caller caller, String csrf, @Nullable Notice notice, Assets assets, Times times) {

  /** The sentence of read-only mode, the same the API answers (B1, B3). */
  public static final String READ_ONLY = "Tuco workspace is in read-only mode; please resolve billing in Tuco.";

  /** A sentence about what a form did. */
  public record Notice(boolean good, String text) {}

  /** Whether the signed-in person may. */
  public boolean may(Right right) {
    return caller != null && caller.may(right);
  }

  /** Whether writes are refused now. */
  public boolean readOnly() {
    return caller != null && caller.readOnlyReason() != null;
  }

  /** The class of a navigation entry. */
  public String lit(String entry) {
    return entry.equals(active) ? "nav-link active" : "nav-link";
  }

  /** {@code aria-current} of a navigation entry; null leaves the attribute out. */
  public @Nullable String current(String entry) {
    return entry.equals(active) ? "page" : null;
  }
}
