package tuco.campaigns;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.SQLException;
import java.time.Clock;
import java.util.Map;
import tuco.audit.Action;
import tuco.audit.Audit;
import tuco.db.Tx;
import tuco.http.Body;
import tuco.http.Json;
import tuco.http.Request;
import tuco.http.Response;
import tuco.ids.Kind;

/** {@code /api/workspace/sending-rules}: what holds for every campaign of a workspace (connectors.md 5). */
public final class SendingRulesApi {
  private static final int LONGEST = 300;

  private final Clock clock;
  private final Audit audit;

  public SendingRulesApi(Clock clock, Audit audit) {
    this.clock = clock;
    this.audit = audit;
  }

  public Response show(Request request, Tx tx) throws SQLException {
    return Response.ok(json(tx));
  }

  public Response replace(Request request, Tx tx) throws SQLException {
    Body body = request.json();
    String address = body.text("postalAddress", LONGEST);
    if (!body.mentions("postalAddress")) {
      body.fault("postalAddress", "postalAddress is required: the address under the mails of campaigns, or null for none");
    }
    body.check(tx.caller());
    String stored = address == null ? null : address.strip().replace("\r\n", "\n");
    tx.ownUpdate("""
            insert into campaign_rules (workspace_id, postal_address, updated_at) values (:workspace, :address, :now)
            on conflict (workspace_id) do update set postal_address = excluded.postal_address, updated_at = excluded.updated_at""")
        .bind("address", stored).bind("now", clock.instant()).execute();
    audit.record(tx, Action.WORKSPACE_CHANGE, Kind.WORKSPACE, tx.workspace(), Map.of("postalAddress", stored == null ? "" : stored));
    return Response.ok(json(tx));
  }

  private static ObjectNode json(Tx tx) throws SQLException {
    ObjectNode json = Json.object().put("postalAddress", PostalAddress.of(tx.connection(), tx.workspace()));
    json.set("mailPauses", Json.object().put("bounceRate", MailBands.BOUNCES).put("complaintRate", MailBands.COMPLAINTS)
        .put("leastMails", MailBands.LEAST).put("hours", MailBands.WINDOW.toHours()));
    return json;
  }
}
