package tuco.channels.smtp;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tuco.channels.Channel.Fault;
import tuco.channels.LineSettings;

/**
 * Where a line's replies come in, all optional: without {@code imapHost} nobody reads. User and password are those of
 * sending unless others are given. As with SMTP, nothing turns the check of the server's certificate off.
 *
 * @param password never printed
 */
public record ImapSettings(String host, int port, Tls tls, String user, String password, String folder) {
  /** How the connection is protected, with the port used when the line names none. */
  public enum Tls {
    NONE(143),
    STARTTLS(143),
    TLS(993);

    final int usualPort;

    Tls(int usualPort) {
      this.usualPort = usualPort;
    }
  }

  private static final Pattern HOST =
      Pattern.compile("[A-Za-z0-9]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?|\\[?[0-9A-Fa-f:.]{2,45}]?");

  /** Whether the line wants its mailbox to be read. */
  public static boolean wanted(LineSettings line) {
    return setting(line, "imapHost") != null;
  }

  /** The faults of a line's settings, one sentence a field. */
  static List<Fault> check(LineSettings line) {
    List<Fault> faults = new ArrayList<>();
    String host = setting(line, "imapHost");
    if (host == null) {
      for (String name : List.of("imapPort", "imapTls", "imapUser", "imapFolder")) {
        if (setting(line, name) != null) {
          faults.add(new Fault("imapHost", "imapHost is required for reading replies: the name of the mail server."));
          break;
        }
      }
      return faults;
    }
    if (!HOST.matcher(host).matches()) {
      faults.add(new Fault("imapHost", "imapHost must be a host name or an IP address, without a scheme and without a port."));
    }
    if (portOf(line, Tls.NONE) == null) {
      faults.add(new Fault("imapPort", "imapPort must be a whole number from 1 to 65535."));
    }
    if (tlsOf(line) == null) {
      faults.add(new Fault("imapTls", "imapTls must be one of none, starttls, tls."));
    }
    if (userOf(line) == null) {
      faults.add(new Fault("imapUser", "imapUser is required, unless the line has a user for sending."));
    }
    if (passwordOf(line) == null) {
      faults.add(new Fault("imapPassword", "imapPassword is required, unless the line has a password for sending."));
    }
    return faults;
  }

  /**
   * Reads the settings of a line that has passed {@link #check} and wants to be read.
   *
   * @throws IllegalArgumentException naming the first faulty field
   */
  public static ImapSettings of(LineSettings line) {
    List<Fault> faults = check(line);
    if (!faults.isEmpty()) {
      throw new IllegalArgumentException(faults.getFirst().message());
    }
    Tls tls = tlsOf(line);
    String host = setting(line, "imapHost");
    Integer port = tls == null ? null : portOf(line, tls);
    String user = userOf(line);
    String password = passwordOf(line);
    if (host == null || tls == null || port == null || user == null || password == null) {
      throw new IllegalArgumentException("imapHost is required for reading replies.");
    }
    String folder = setting(line, "imapFolder");
    return new ImapSettings(host, port, tls, user, password, folder == null ? "INBOX" : folder);
  }

  private static @Nullable Tls tlsOf(LineSettings line) {
    String written = setting(line, "imapTls");
    if (written == null) {
      return Tls.TLS;
    }
    for (Tls tls : Tls.values()) {
      if (tls.name().toLowerCase(Locale.ROOT).equals(written)) {
        return tls;
      }
    }
    return null;
  }

  private static @Nullable Integer portOf(LineSettings line, Tls tls) {
    String written = setting(line, "imapPort");
    if (written == null) {
      return tls.usualPort;
    }
    int port = written.matches("[0-9]{1,5}") ? Integer.parseInt(written) : 0;
    return port >= 1 && port <= 65535 ? Integer.valueOf(port) : null;
  }

  private static @Nullable String userOf(LineSettings line) {
    String own = setting(line, "imapUser");
    return own == null ? setting(line, "user") : own;
  }

  private static @Nullable String passwordOf(LineSettings line) {
    String own = line.secrets().get("imapPassword");
    String password = own == null || own.isEmpty() ? line.secrets().get("password") : own;
    return password == null || password.isEmpty() ? null : password;
  }

  private static @Nullable String setting(LineSettings line, String name) {
    String value = line.settings().get(name);
    return value == null || value.isBlank() ? null : value.strip();
  }

  @Override
  public String toString() {
    return "ImapSettings[" + host + ":" + port + " " + tls + " " + folder + "]";
  }
}
