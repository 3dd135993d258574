package tuco.audit;

import java.util.Arrays;
import java.util.Optional;

/** What the audit log covers (decisions 9.3): the one table of its words, on the wire and for people. */
public enum Action {
  SIGN_IN("session.start", "signed in"),
  SIGN_IN_REFUSED("session.refused", "was refused at sign-in"),
  SIGN_OUT("session.end", "ended a session"),
  PASSWORD_CHANGE("person.password", "changed their password"),
  EMAIL_CHANGE("person.email", "changed their e-mail address"),
  PASSWORD_LINK("person.password_link", "made a link to choose a new password"),
  TOTP_ON("person.totp_on", "turned on the authenticator app"),
  TOTP_OFF("person.totp_off", "turned off the authenticator app"),
  WORKSPACE_CREATE("workspace.create", "created the workspace"),
  WORKSPACE_CHANGE("workspace.change", "changed the workspace's settings"),
  WORKSPACE_REMOVE("workspace.remove", "removed the workspace"),
  MEMBER_ADD("member.add", "became a member"),
  MEMBER_ROLE("member.role", "changed a member's role"),
  MEMBER_REMOVE("member.remove", "removed a member"),
  MEMBER_TRANSFER("member.transfer", "handed over ownership"),
  INVITATION_CREATE("invitation.create", "invited somebody"),
  INVITATION_WITHDRAW("invitation.withdraw", "withdrew an invitation"),
  KEY_CREATE("key.create", "created an API key"),
  KEY_CHANGE("key.change", "changed an API key"),
  KEY_ROTATE("key.rotate", "rotated an API key"),
  KEY_END_OVERLAP("key.end_overlap", "ended the overlap of a rotation"),
  KEY_DISABLE("key.disable", "disabled an API key"),
  KEY_ENABLE("key.enable", "enabled an API key"),
  KEY_REMOVE("key.remove", "removed an API key"),
  KEY_LEAKED("key.leaked", "found an API key in public"),
  LINE_CREATE("line.create", "created a line"),
  LINE_CHANGE("line.change", "changed a line"),
  LINE_REMOVE("line.remove", "removed a line"),
  LINE_REQUEST("line_request.create", "asked for a line"),
  LINE_REQUEST_CHANGE("line_request.change", "changed a request for a line"),
  WEBHOOK_CREATE("webhook.create", "created a webhook"),
  WEBHOOK_CHANGE("webhook.change", "changed a webhook"),
  WEBHOOK_ROTATE("webhook.rotate", "rotated a webhook's secret"),
  WEBHOOK_REMOVE("webhook.remove", "removed a webhook"),
  WEBHOOK_REPLAY("webhook.replay", "replayed deliveries of a webhook"),
  FALLBACK_CHANGE("fallback.change", "changed the SMS fallback"),
  LEAD_EXPORT("lead.export", "exported leads"),
  LEAD_IMPORT("lead.import", "imported leads"),
  LEAD_DELETE("lead.delete", "deleted leads"),
  LEAD_DATA("lead.data", "exported all data of one lead"),
  LEAD_ERASE("lead.erase", "erased a lead"),
  LEAD_CONSENT("lead.consent", "recorded or changed a person's consent"),
  LIST_DELETE("list.delete", "deleted a list"),
  DNC_ADD("dnc.add", "added to do-not-contact"),
  DNC_REMOVE("dnc.remove", "took off do-not-contact"),
  CAMPAIGN_LAUNCH("campaign.launch", "launched a campaign"),
  CAMPAIGN_PAUSE("campaign.pause", "paused a campaign"),
  CAMPAIGN_RESUME("campaign.resume", "resumed a campaign"),
  CAMPAIGN_COMPLETE("campaign.complete", "completed a campaign"),
  CAMPAIGN_DELETE("campaign.delete", "deleted a campaign"),
  READ_ONLY_ON("read_only.on", "set the workspace to read-only"),
  READ_ONLY_OFF("read_only.off", "ended read-only mode"),
  PLAN_CHANGE("plan.change", "changed the plan"),
  // Requests, grants, reads and what staff give back are written by the database's own functions (V050).
  STAFF_POLICY("staff.policy", "changed the rules for staff access"),
  STAFF_REQUEST("staff.request", "asked for access"),
  STAFF_APPROVE("staff.approve", "approved staff access"),
  STAFF_REFUSE("staff.refuse", "refused staff access"),
  STAFF_GRANT("staff.grant", "was granted access"),
  STAFF_END("staff.end", "ended staff access"),
  STAFF_READ("staff.read", "read as staff"),
  AUDIT_EXPORT("audit.export", "exported the audit log"),
  ;

  private final String wire;
  private final String words;

  Action(String wire, String words) {
    this.wire = wire;
    this.words = words;
  }

  /** The name in the log and in the API. */
  public String wire() {
    return wire;
  }

  /** What it says for people, after the name of who did it. */
  public String words() {
    return words;
  }

  /** The action of this name. */
  public static Optional<Action> of(String wire) {
    return Arrays.stream(values()).filter(action -> action.wire.equals(wire)).findAny();
  }
}
