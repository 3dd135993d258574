package tuco.http;

import java.sql.SQLException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tuco.caller.Caller;
import tuco.caller.Credential;
import tuco.caller.PersonCaller;
import tuco.caller.Right;
import tuco.caller.StaffCaller;
import tuco.db.Tx;

/**
 * One operation: method, path, the right it takes, and what it does. The list of all of them, on one page, is
 * {@code tuco.Routes}: the table of contents of the API and its security review.
 *
 * @param path with {@code {name}} for values
 * @param right the right a caller needs; null when being known is enough, or for {@link Open}
 * @param openWhenReadOnly a security action that still works in read-only mode (B4)
 * @param changesAccess runs under the exclusive access lock, so that it holds on every node once it is confirmed (K8)
 */
public record Route(
    String method, String path, @Nullable Right right, Rate rate, boolean openWhenReadOnly, boolean changesAccess,
    Handler handler) {

  /** What a route does; the kinds differ in how they meet the database. */
  public sealed interface Handler permits Reading, Writing, Batched, Slow, Personal, PersonalWriting, Open, Page, PageWriting, PersonPage, StaffPage, Streaming {}

  /** Reads in the transaction that authenticated. */
  @FunctionalInterface
  public non-sealed interface Reading extends Handler {
    Response handle(Request request, Tx tx) throws SQLException;
  }

  /** Writes in the transaction that authenticated, under the access lock; its answer is kept for replay in it. */
  @FunctionalInterface
  public non-sealed interface Writing extends Handler {
    Response handle(Request request, Tx tx) throws SQLException;
  }

  /** Shares a transaction or a statement with others; it authenticates there and answers later. */
  @FunctionalInterface
  public non-sealed interface Batched extends Handler {
    /** Must not block; answers exactly once, on any thread. */
    void handle(Request request, Credential credential, Consumer<Response> answer);
  }

  /** Authenticated, then on its own: for what must not be done inside a transaction, such as calling a remote host. */
  @FunctionalInterface
  public non-sealed interface Slow extends Handler {
    Response handle(Request request, Caller caller, Credential credential) throws SQLException;
  }

  /** For a signed-in person in no workspace: their sessions, their workspaces, themselves. Keys get 403. */
  @FunctionalInterface
  public non-sealed interface Personal extends Handler {
    Response handle(Request request, PersonCaller caller) throws SQLException;
  }

  /** As {@link Personal}, in one transaction under the person's own lock; its answer is kept for replay in it. */
  @FunctionalInterface
  public non-sealed interface PersonalWriting extends Handler {
    Response handle(Request request, Tx tx, PersonCaller caller) throws SQLException;
  }

  /** Public. */
  @FunctionalInterface
  public non-sealed interface Open extends Handler {
    Response handle(Request request) throws SQLException;
  }

  /** A page for a signed-in person, known by a cookie. */
  @FunctionalInterface
  public non-sealed interface Page extends Handler {
    Response handle(Request request, Tx tx) throws SQLException;
  }

  /** A form posted by a signed-in person; the gate has checked its CSRF token. */
  @FunctionalInterface
  public non-sealed interface PageWriting extends Handler {
    Response handle(Request request, Tx tx) throws SQLException;
  }

  /** A page or form for a signed-in person outside any workspace; the gate has checked the CSRF token of a form. */
  @FunctionalInterface
  public non-sealed interface PersonPage extends Handler {
    Response handle(Request request, PersonCaller caller) throws SQLException;
  }

  /** A page or form of the staff console; the gate has checked the CSRF token of a form. No member gets here. */
  @FunctionalInterface
  public non-sealed interface StaffPage extends Handler {
    Response handle(Request request, StaffCaller caller) throws SQLException;
  }

  /** A body too large to hold, read as it comes. */
  @FunctionalInterface
  public non-sealed interface Streaming extends Handler {
    Response handle(Request request, Caller caller, Credential credential, java.io.InputStream body)
        throws SQLException, java.io.IOException;
  }

  public static Route read(String method, String path, @Nullable Right right, Reading handler) {
    return new Route(method, path, right, Rate.OTHER, false, false, handler);
  }

  public static Route write(String method, String path, @Nullable Right right, Writing handler) {
    return new Route(method, path, right, Rate.OTHER, false, false, handler);
  }

  public static Route batched(String method, String path, Right right, Batched handler) {
    return new Route(method, path, right, Rate.OTHER, false, false, handler);
  }

  public static Route slow(String method, String path, @Nullable Right right, Slow handler) {
    return new Route(method, path, right, Rate.OTHER, false, false, handler);
  }

  public static Route streaming(String method, String path, Right right, Streaming handler) {
    return new Route(method, path, right, Rate.OTHER, false, false, handler);
  }

  public static Route person(String method, String path, Personal handler) {
    return new Route(method, path, null, Rate.OTHER, true, false, handler);
  }

  public static Route personWrite(String method, String path, PersonalWriting handler) {
    return new Route(method, path, null, Rate.OTHER, true, false, handler);
  }

  public static Route open(String method, String path, Open handler) {
    return new Route(method, path, null, Rate.OTHER, true, false, handler);
  }

  public static Route page(String path, @Nullable Right right, Page handler) {
    return new Route("GET", path, right, Rate.OTHER, true, false, handler);
  }

  public static Route form(String path, @Nullable Right right, PageWriting handler) {
    return new Route("POST", path, right, Rate.OTHER, false, false, handler);
  }

  public static Route personPage(String method, String path, PersonPage handler) {
    return new Route(method, path, null, Rate.OTHER, true, false, handler);
  }

  public static Route staffPage(String method, String path, StaffPage handler) {
    return new Route(method, path, null, Rate.OTHER, true, false, handler);
  }

  /** The same, counted in another group of rates. */
  public Route rated(Rate group) {
    return new Route(method, path, right, group, openWhenReadOnly, changesAccess, handler);
  }

  /** The same, still open in read-only mode (B4). */
  public Route evenReadOnly() {
    return new Route(method, path, right, rate, true, changesAccess, handler);
  }

  /** The same as a change of access: revoke, disable, rotate, re-scope, remove a member, suspend (K8). */
  public Route changingAccess() {
    return new Route(method, path, right, rate, openWhenReadOnly, true, handler);
  }

  /** Whether it changes something, and so is refused in read-only mode. */
  public boolean writes() {
    return !method.equals("GET") && !method.equals("HEAD");
  }

  /** Method and path, as idempotency and metrics name it. */
  public String name() {
    return method + " " + path;
  }

  /** Whether it belongs to the API and so to the OpenAPI document; pages do not. */
  public boolean api() {
    return path.startsWith("/api/");
  }
}
