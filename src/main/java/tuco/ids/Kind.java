package tuco.ids;

/** What an id names; the prefix is part of the wire format (decisions 1.2). */
public enum Kind {
  WORKSPACE("ws"),
  LEAD("ld"),
  LIST("ls"),
  LINE("ln"),
  CAMPAIGN("cp"),
  STEP("st"),
  MESSAGE("ms"),
  CONVERSATION("cv"),
  REPLY("rp"),
  WEBHOOK("wh"),
  DELIVERY("dl"),
  KEY("ky"),
  PERSON("us"),
  INVITATION("iv"),
  SESSION("se"),
  SUPPRESSION("sp"),
  GRANT("gr"),
  STAFF("sf"),
  AUDIT("au"),
  IMPORT("im"),
  EVENT("ev"),
  REQUEST("rq"),
  LINE_REQUEST("lr");

  private final String prefix;

  Kind(String prefix) {
    this.prefix = prefix;
  }

  /** The letters before the underscore. */
  public String prefix() {
    return prefix;
  }
}
