package tuco.leads;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** A lead as the API and the webhooks show it (contract 5.1), read from a row of {@code leads}. */
public final class LeadJson {
  /** The columns {@link #of} reads, for a query that names the table {@code l}. */
  public static final String COLUMNS = """
      l.workspace_id, l.lead_id, l.list_id, l.first_name, l.last_name, l.email, l.phone,
      l.alt_phone1, l.alt_phone2, l.alt_phone3, l.alt_email1, l.alt_email2, l.alt_email3,
      l.company_name, l.job_title, l.linkedin_url, l.notes, l.custom_fields, l.tags, l.source, l.external_id,
      l.zone, l.contact_owner_email, l.contact_owner_id, l.availability_status,
      l.ghl_contact_id, l.ghl_location_id, l.hs_contact_id, l.hs_portal_id, l.aliases,
      l.consent_source, l.consent_timestamp, l.consent_text,
      l.created_at as lead_created_at, l.updated_at as lead_updated_at""";

  private LeadJson() {}

  /** The current row as a lead. */
  public static ObjectNode of(ResultSet row) throws SQLException {
    ObjectNode lead = Json.object()
        .put("_id", Ids.text(Kind.LEAD, row.getObject("lead_id", UUID.class)))
        .put("workspaceId", Ids.text(Kind.WORKSPACE, row.getObject("workspace_id", UUID.class)))
        .put("listId", Ids.text(Kind.LIST, row.getObject("list_id", UUID.class)))
        .put("firstName", row.getString("first_name"))
        .put("lastName", row.getString("last_name"))
        .put("email", row.getString("email"))
        .put("phone", row.getString("phone"));
    for (int i = 1; i <= 3; i++) {
      lead.put("altPhone" + i, row.getString("alt_phone" + i));
    }
    for (int i = 1; i <= 3; i++) {
      lead.put("altEmail" + i, row.getString("alt_email" + i));
    }
    lead.put("companyName", row.getString("company_name"))
        .put("jobTitle", row.getString("job_title"))
        .put("linkedinUrl", row.getString("linkedin_url"))
        .put("notes", row.getString("notes"));
    lead.set("customFields", Json.parse(row.getString("custom_fields")));
    lead.set("tags", texts((String[]) row.getArray("tags").getArray()));
    lead.put("source", row.getString("source"))
        .put("externalId", row.getString("external_id"))
        .put("timezone", row.getString("zone"))
        .put("contactOwnerEmail", row.getString("contact_owner_email"))
        .put("contactOwnerId", Ids.textOrNull(Kind.PERSON, row.getObject("contact_owner_id", UUID.class)))
        .put("availabilityStatus", row.getString("availability_status"))
        .put("consentSource", row.getString("consent_source"))
        .put("consentTimestamp", row.getString("consent_timestamp"))
        .put("consentText", row.getString("consent_text"));
    lead.set("integrationIds", Json.object()
        .put("ghlRecordId", row.getString("ghl_contact_id"))
        .put("ghlLocationId", row.getString("ghl_location_id"))
        .put("hubspotRecordId", row.getString("hs_contact_id"))
        .put("hubspotPortalId", row.getString("hs_portal_id")));
    lead.set("aliases", Json.parse(row.getString("aliases")));
    lead.put("createdAt", Json.timestamp(row.getTimestamp("lead_created_at").toInstant()))
        .put("updatedAt", Json.timestamp(row.getTimestamp("lead_updated_at").toInstant()));
    return lead;
  }

  /** All addresses of a lead as {@link #of} made it, in the address order (decisions 5.8). */
  public static List<String> addresses(ObjectNode lead) {
    List<String> addresses = new ArrayList<>();
    for (LeadFields.Address field : LeadFields.ADDRESSES) {
      String address = lead.path(field.name()).textValue();
      if (address != null) {
        addresses.add(address);
      }
    }
    return addresses;
  }

  /** Copies the identifiers of the CRM systems that many answers carry at their top level. */
  public static void putCrmIds(ObjectNode into, @Nullable ObjectNode lead) {
    into.put("ghlContactId", crm(lead, "ghlRecordId"))
        .put("ghlLocationId", crm(lead, "ghlLocationId"))
        .put("hsPortalId", crm(lead, "hubspotPortalId"))
        .put("hsContactId", crm(lead, "hubspotRecordId"));
  }

  private static @Nullable String crm(@Nullable ObjectNode lead, String name) {
    return lead == null ? null : lead.path("integrationIds").path(name).textValue();
  }

  private static ArrayNode texts(String[] values) {
    ArrayNode array = Json.array();
    for (String value : values) {
      array.add(value);
    }
    return array;
  }
}
