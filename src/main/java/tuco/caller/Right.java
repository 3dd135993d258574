package tuco.caller;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What a caller may be allowed to do (decisions 2.4). Keys and roles hold sets of these. */
public enum Right {
  LEADS_READ("leads:read", "See leads, lists and tags"),
  LEADS_WRITE("leads:write", "Create, import, change and delete leads and lists, keep the do-not-contact list"),
  MESSAGES_READ("messages:read", "See messages, conversations and replies"),
  MESSAGES_SEND("messages:send", "Send, edit and cancel messages, answer replies, check availability"),
  CAMPAIGNS_READ("campaigns:read", "See campaigns and their figures"),
  CAMPAIGNS_WRITE("campaigns:write", "Build, launch, pause and change campaigns, add leads to them"),
  LINES_READ("lines:read", "See lines, their health and use"),
  LINES_MANAGE("lines:manage", "Create, change, pause and remove lines"),
  WEBHOOKS_MANAGE("webhooks:manage", "See, create, change and remove webhooks, replay deliveries"),
  USAGE_READ("usage:read", "See limits and their use"),
  KEYS_MANAGE("keys:manage", "Create, change, rotate and remove API keys"),
  MEMBERS_MANAGE("members:manage", "Invite and remove members, change roles and the workspace's settings"),
  BILLING_MANAGE("billing:manage", "Change plan and billing"),
  AUDIT_READ("audit:read", "Read and export the audit log, decide on staff access");

  private final String wire;
  private final String meaning;

  Right(String wire, String meaning) {
    this.wire = wire;
    this.meaning = meaning;
  }

  /** The name on the wire, for example {@code leads:read}. */
  public String wire() {
    return wire;
  }

  /** What it allows, in a sentence for people. */
  public String meaning() {
    return meaning;
  }

  /** The right of this name on the wire. */
  public static Optional<Right> of(String wire) {
    return Optional.ofNullable(BY_WIRE.get(wire));
  }

  private static final Map<String, Right> BY_WIRE =
      Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(Right::wire, right -> right));

  /** Everything that reads. */
  public static final Set<Right> READS =
      Set.copyOf(EnumSet.of(LEADS_READ, MESSAGES_READ, CAMPAIGNS_READ, LINES_READ, USAGE_READ));

  /** What a new key has: everything but the administration of the workspace itself (K6, K11). */
  public static final Set<Right> FULL =
      Set.copyOf(EnumSet.complementOf(EnumSet.of(KEYS_MANAGE, MEMBERS_MANAGE, BILLING_MANAGE, AUDIT_READ)));

  /** What a key restricted to sending has. */
  public static final Set<Right> SEND_ONLY = Set.copyOf(EnumSet.of(MESSAGES_SEND, LINES_READ, USAGE_READ));

  /** The names on the wire, in the order of this table. */
  public static List<String> wires(Set<Right> rights) {
    return Arrays.stream(values()).filter(rights::contains).map(Right::wire).toList();
  }
}
