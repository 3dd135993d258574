package tuco.channels.smtp;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tuco.channels.Channel.Fault;
import tuco.channels.LineSettings;

/**
 * Where and how a line reaches its mail server. There is no setting that turns the check of the
 * server's certificate off.
 *
 * @param user null when the server wants no log-in
 * @param password never printed
 */
record SmtpSettings(
    String host,
    int port,
    Tls tls,
    @Nullable String user,
    @Nullable String password,
    String from,
    @Nullable String displayName) {

  /** How the connection is protected, with the port used when the line names none. */
  enum Tls {
    NONE(25),
    STARTTLS(587),
    TLS(465);

    final int usualPort;

    Tls(int usualPort) {
      this.usualPort = usualPort;
    }
  }

  private static final Pattern HOST =
      Pattern.compile("[A-Za-z0-9]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?|\\[?[0-9A-Fa-f:.]{2,45}]?");

  /** The faults of a line's settings, one sentence a field. */
  static List<Fault> check(LineSettings line) {
    List<Fault> faults = new ArrayList<>();
    String host = setting(line, "host");
    if (host == null) {
      faults.add(new Fault("host", "host is required: the name of the mail server, for example smtp.example.com."));
    } else if (!HOST.matcher(host).matches()) {
      faults.add(new Fault("host", "host must be a host name or an IP address, without a scheme and without a port."));
    }
    if (portOf(line, Tls.NONE) == null) {
      faults.add(new Fault("port", "port must be a whole number from 1 to 65535."));
    }
    if (tlsOf(line) == null) {
      faults.add(new Fault("tls", "tls must be one of none, starttls, tls."));
    }
    String user = setting(line, "user");
    String password = line.secrets().get("password");
    boolean hasPassword = password != null && !password.isEmpty();
    if (user != null && !hasPassword) {
      faults.add(new Fault("password", "password is required when user is given."));
    }
    if (user == null && hasPassword) {
      faults.add(new Fault("user", "user is required when password is given."));
    }
    if (MailAddress.toAscii(line.address()) == null) {
      faults.add(new Fault("address", "address must be the e-mail address that the line sends from."));
    }
    return faults;
  }

  /**
   * Reads the settings of a line that has passed {@link #check}.
   *
   * @throws IllegalArgumentException naming the first faulty field
   */
  static SmtpSettings of(LineSettings line) {
    List<Fault> faults = check(line);
    if (!faults.isEmpty()) {
      throw new IllegalArgumentException(faults.getFirst().message());
    }
    Tls tls = required(tlsOf(line));
    return new SmtpSettings(
        required(setting(line, "host")),
        required(portOf(line, tls)),
        tls,
        setting(line, "user"),
        line.secrets().get("password"),
        required(MailAddress.toAscii(line.address())),
        line.displayName());
  }

  private static @Nullable Tls tlsOf(LineSettings line) {
    String written = setting(line, "tls");
    if (written == null) {
      return Tls.STARTTLS;
    }
    for (Tls tls : Tls.values()) {
      if (tls.name().toLowerCase(Locale.ROOT).equals(written)) {
        return tls;
      }
    }
    return null;
  }

  private static @Nullable Integer portOf(LineSettings line, Tls tls) {
    String written = setting(line, "port");
    if (written == null) {
      return tls.usualPort;
    }
    if (!written.matches("[0-9]{1,5}")) {
      return null;
    }
    int port = Integer.parseInt(written);
    return port >= 1 && port <= 65535 ? port : null;
  }

  private static @Nullable String setting(LineSettings line, String name) {
    String value = line.settings().get(name);
    return value == null || value.isBlank() ? null : value.strip();
  }

  private static <T> T required(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("check() let a missing setting pass");
    }
    return value;
  }

  @Override
  public String toString() {
    return "SmtpSettings[" + host + ":" + port + " " + tls + "]";
  }
}
