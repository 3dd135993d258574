package tuco.mail;

import org.jspecify.annotations.Nullable;

/**
 * The installation's own mail server. There is no setting that turns the check of its certificate off.
 *
 * @param user null when the server wants no log-in
 * @param password never printed
 * @param from the address Tuco writes from
 */
public record MailSettings(
    String host, int port, Tls tls, @Nullable String user, @Nullable String password, String from) {
  /** How the connection is protected, with the port that is usual for it. */
  public enum Tls {
    NONE(25),
    STARTTLS(587),
    TLS(465);

    private final int usualPort;

    Tls(int usualPort) {
      this.usualPort = usualPort;
    }

    /** The port when none is set. */
    public int usualPort() {
      return usualPort;
    }
  }

  @Override
  public String toString() {
    return "MailSettings[" + host + ":" + port + " " + tls + "]";
  }
}
