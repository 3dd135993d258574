package tuco.messages;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tuco.caller.Caller;
import tuco.channels.Files;
import tuco.db.Database;
import tuco.http.Outbound;
import tuco.http.Problem;
import tuco.ids.Ids;
import tuco.ids.Kind;

/**
 * The addresses of attachments (contract 2.2, 7.7): any public one, or a file of the caller's own workspace that lies here,
 * such as one that came with a reply. A file of another workspace is refused, whether or not it exists.
 */
public final class AttachmentUrls {
  /** As the inbox writes them: {@code GET /api/unibox/messages/{id}/attachment}. */
  private static final Pattern FILE = Pattern.compile("/api/unibox/messages/(ms_[0-9a-z]{26})/attachment(?:\\?position=(\\d{1,4}))?");

  private final Database database;
  private final Supplier<String> home;
  private final Outside outside;
  private final boolean privateToo;

  /**
   * @param home how the outside reaches this node
   * @param outside fetches public addresses
   * @param privateToo whether private addresses are allowed as well
   */
  public AttachmentUrls(Database database, Supplier<String> home, Outside outside, boolean privateToo) {
    this.database = database;
    this.home = home;
    this.outside = outside;
    this.privateToo = privateToo;
  }

  /** Fetches public addresses: {@link Outbound#fetch}. */
  @FunctionalInterface
  public interface Outside {
    Outbound.Fetched fetch(String url, int mostBytes, Duration limit) throws Outbound.Failed;
  }

  /**
   * Holds the addresses of a message against all that needs no connection.
   *
   * @throws Problem 400 for one that nobody may call, 403 for one that lies here and is not the caller's
   */
  void check(SendRequest wanted, Caller caller) {
    if (wanted.extras() == null) {
      return;
    }
    JsonNode attachments = wanted.extras().path("attachments");
    for (int i = 0; i < attachments.size(); i++) {
      String url = attachments.get(i).path("url").asText();
      if (isHere(url)) {
        Kept file = kept(url);
        if (file == null || Ids.tag(file.message()) != caller.tag()) {
          throw Problem.forbidden("Attachment URL does not belong to this organization").code("wrong_workspace");
        }
        continue;
      }
      String objection = Outbound.objection(url, true, privateToo);
      if (objection != null) {
        throw Problem.badField("attachmentUrls[" + i + "]", objection);
      }
    }
  }

  /** Fetches a file for a workspace: its own from the database, a public one from outside. */
  public Files.Fetched fetch(UUID workspace, String url, int mostBytes, Duration limit) throws Files.NotFetched {
    Kept file = isHere(url) ? kept(url) : null;
    if (file != null) {
      return kept(workspace, file);
    }
    try {
      Outbound.Fetched fetched = outside.fetch(url, mostBytes, limit);
      return new Files.Fetched(fetched.status(), fetched.reason(), fetched.contentType(), fetched.bytes(), fetched.whole());
    } catch (Outbound.Failed failed) {
      boolean forGood = failed.fault() == Outbound.Fault.URL || failed.fault() == Outbound.Fault.ADDRESS;
      throw new Files.NotFetched(String.valueOf(failed.getMessage()), forGood);
    } catch (IllegalStateException stopping) {
      // The node stops and its client is closed: another node, or this one later, fetches it.
      throw new Files.NotFetched("the server is stopping", false);
    }
  }

  private Files.Fetched kept(UUID workspace, Kept file) {
    return database.asWorkspace(workspace, tx -> tx.query("""
            select content_type, content from inbound_attachments
             where workspace_id = :workspace and message_id = :message and position = :position and content is not null""")
        .bind("workspace", workspace).bind("message", file.message()).bind("position", file.position())
        .map((row, context) -> new Files.Fetched(200, "OK", row.getString(1), row.getBytes(2), true))
        .findOne().orElseGet(() -> new Files.Fetched(404, "Not Found", "", new byte[0], true)));
  }

  private boolean isHere(String url) {
    String authority = authority(url);
    return authority != null && authority.equals(authority(home.get()));
  }

  private static @Nullable String authority(String url) {
    try {
      URI uri = URI.create(url);
      if (uri.getHost() == null) {
        return null;
      }
      int usual = "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
      return uri.getHost().toLowerCase(Locale.ROOT) + ":" + (uri.getPort() < 0 ? usual : uri.getPort());
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** A file that lies here, with the message it came with. */
  private record Kept(UUID message, int position) {}

  private static @Nullable Kept kept(String url) {
    URI uri = URI.create(url);
    Matcher file = FILE.matcher(uri.getPath() + (uri.getQuery() == null ? "" : "?" + uri.getQuery()));
    UUID message = file.matches() ? Ids.parse(Kind.MESSAGE, file.group(1)) : null;
    return message == null ? null : new Kept(message, file.group(2) == null ? 0 : Integer.parseInt(file.group(2)));
  }
}
