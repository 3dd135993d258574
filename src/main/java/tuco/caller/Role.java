package tuco.caller;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** What a member is in a workspace, and so what they may do (decisions 2.4). */
public enum Role {
  OWNER(EnumSet.allOf(Right.class)),
  ADMIN(EnumSet.complementOf(EnumSet.of(Right.BILLING_MANAGE))),
  MEMBER(EnumSet.of(
      Right.LEADS_READ, Right.LEADS_WRITE, Right.MESSAGES_READ, Right.MESSAGES_SEND,
      Right.CAMPAIGNS_READ, Right.CAMPAIGNS_WRITE, Right.LINES_READ, Right.USAGE_READ)),
  VIEWER(EnumSet.copyOf(Right.READS));

  @SuppressWarnings("ImmutableEnumChecker") // Set.copyOf made it unmodifiable.
  private final Set<Right> rights;

  Role(EnumSet<Right> rights) {
    this.rights = Set.copyOf(rights);
  }

  /** What this role may do. */
  public Set<Right> rights() {
    return rights;
  }

  /** The name on the wire and in the database. */
  public String wire() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The role of this name in the database. */
  public static Role of(String wire) {
    return valueOf(wire.toUpperCase(Locale.ROOT));
  }
}
