package tuco.lines;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The kinds of line a workspace can have, and the fields each takes (decisions 7.1). */
public enum LineKind {
  SIMULATOR("simulator", true, true),
  SMTP("smtp", false, true);

  private final String wire;
  private final boolean phone;
  private final boolean email;

  LineKind(String wire, boolean phone, boolean email) {
    this.wire = wire;
    this.phone = phone;
    this.email = email;
  }

  /** The name on the wire and in {@code lines.kind}. */
  public String wire() {
    return wire;
  }

  /** Whether such a line may send from a phone number. */
  public boolean phone() {
    return phone;
  }

  /** Whether such a line may send from an e-mail address. */
  public boolean email() {
    return email;
  }

  /** Fields that are stored openly and shown again. */
  public List<String> settings() {
    return switch (this) {
      case SIMULATOR -> List.of("down");
      case SMTP -> List.of("host", "port", "tls", "user", "imapHost", "imapPort", "imapTls", "imapUser", "imapFolder");
    };
  }

  /** Fields that are sealed and never shown again. */
  public List<String> secrets() {
    return switch (this) {
      case SIMULATOR -> List.of();
      case SMTP -> List.of("password", "imapPassword");
    };
  }

  /** All names on the wire. */
  public static List<String> wires() {
    return Arrays.stream(values()).map(LineKind::wire).toList();
  }

  /** The kind of this name. */
  public static Optional<LineKind> of(String wire) {
    return Arrays.stream(values()).filter(kind -> kind.wire.equals(wire)).findAny();
  }
}
