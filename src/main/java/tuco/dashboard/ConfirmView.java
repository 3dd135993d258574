package tuco.dashboard;

/**
 * A dialogue that asks before something ends.
 *
 * @param text what will stop
 * @param action where the form goes
 * @param back where "Cancel" leads
 */
public record ConfirmView(String title, String text, String action, String button, String back) {}
