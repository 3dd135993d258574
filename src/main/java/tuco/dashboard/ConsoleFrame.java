package tuco.dashboard;

import org.jspecify.annotations.Nullable;
import tuco.caller.StaffCaller;
import tuco.ids.Ids;
import tuco.ids.Kind;
import tuco.staff.Pass;

/**
 * What surrounds every page of the staff console.
 *
 * @param pass whose data the page shows, and until when; null when it shows none
 */
public record ConsoleFrame(Frame frame, StaffCaller caller, @Nullable Pass pass) {
  /** Where a page of the opened workspace is. */
  public String in(Pass open, String page) {
    return "/staff/grants/" + Ids.text(Kind.GRANT, open.grantId()) + page;
  }
}
