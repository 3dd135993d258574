package tuco.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tuco.db.DatabaseUrl;
import tuco.http.Server;
import tuco.mail.MailSettings;
import tuco.traces.Traces;

/**
 * Everything a node needs to know, read once.
 *
 * @param app the database as {@code tuco_app}
 * @param engine the database as {@code tuco_engine}
 * @param http where to listen
 * @param publicUrl how the outside reaches us, without a slash at the end; null derives it from the port
 * @param secretKey 32 bytes that encrypt the lines' credentials at rest; kept outside the database
 * @param api whether this node answers requests and shows the dashboard; without it only its health
 * @param worker whether this node sends messages and delivers webhooks
 * @param privateWebhooks whether webhooks and attachments may go to private addresses, and webhooks to plain http
 * @param privateMail whether the mail servers of lines may be at private addresses
 * @param mail the mail server for Tuco's own mail; null where there is none
 * @param stripe how billing events are known and what they mean
 * @param data the data directory, for what this node keeps beside the database; null for nothing
 * @param traces where traces go; null for no traces
 */
public record Config(
    DatabaseUrl app,
    DatabaseUrl engine,
    Server.Settings http,
    @Nullable String publicUrl,
    byte[] secretKey,
    boolean api,
    boolean worker,
    boolean privateWebhooks,
    boolean privateMail,
    @Nullable MailSettings mail,
    StripeSettings stripe,
    @Nullable Path data,
    Traces.@Nullable Settings traces) {
  /** Without billing events, a data directory and traces; mail servers may be where webhooks may. */
  public Config(DatabaseUrl app, DatabaseUrl engine, Server.Settings http, @Nullable String publicUrl, byte[] secretKey,
      boolean api, boolean worker, boolean privateWebhooks, @Nullable MailSettings mail) {
    this(app, engine, http, publicUrl, secretKey, api, worker, privateWebhooks, privateWebhooks, mail, StripeSettings.none(), null, null);
  }
}
