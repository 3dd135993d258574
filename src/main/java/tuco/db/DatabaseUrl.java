package tuco.db;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/**
 * Where a PostgreSQL is and as whom to go there, read from {@code postgresql://user:password@host:port/database}.
 * Its text form leaves the password out.
 */
public record DatabaseUrl(String host, int port, String database, String user, String password) {
  /**
   * @throws IllegalArgumentException with a sentence for people when the text is no such address
   */
  public static DatabaseUrl parse(String text) {
    URI uri;
    try {
      uri = new URI(text);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(RULE, e);
    }
    String scheme = uri.getScheme();
    String userInfo = uri.getRawUserInfo();
    String path = uri.getPath();
    if (scheme == null || !scheme.equals("postgresql") && !scheme.equals("postgres")
        || uri.getHost() == null || userInfo == null || path == null || path.length() < 2) {
      throw new IllegalArgumentException(RULE);
    }
    int colon = userInfo.indexOf(':');
    String user = colon < 0 ? userInfo : userInfo.substring(0, colon);
    String password = colon < 0 ? "" : userInfo.substring(colon + 1);
    return new DatabaseUrl(
        uri.getHost(), uri.getPort() < 0 ? 5432 : uri.getPort(), path.substring(1), decode(user), decode(password));
  }

  private static final String RULE =
      "a database address has the form postgresql://user:password@host:port/database";

  /** The same place as another user. */
  public DatabaseUrl as(String otherUser, String otherPassword) {
    return new DatabaseUrl(host, port, database, otherUser, otherPassword);
  }

  /** The driver's address; carries neither user nor password. */
  public String jdbc() {
    return "jdbc:postgresql://" + host + ":" + port + "/" + database
        + "?currentSchema=tuco&ApplicationName=tuco&reWriteBatchedInserts=true&tcpKeepAlive=true&connectTimeout=10&logServerErrorDetail=false";
  }

  private static String decode(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return "postgresql://" + user + "@" + host + ":" + port + "/" + database;
  }
}
