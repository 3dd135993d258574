package tuco.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tuco.http.Cidr;
import tuco.http.Server;
import tuco.mail.MailSettings;
import tuco.traces.Traces;

/** What the settings say about one node, checked; everything but the database. */
public record NodeSettings(
    Server.Settings http, @Nullable String publicUrl, List<String> roles, boolean privateWebhooks, boolean privateMail,
    @Nullable MailSettings mail, StripeSettings stripe, Path data, Traces.@Nullable Settings traces) {
  private static final List<String> ROLES = List.of("api", "worker");

  /**
   * @throws tuco.db.StartFailure that names the setting and the rule
   */
  public static NodeSettings of(Settings settings) {
    List<String> roles = settings.list(Setting.ROLES);
    if (roles.isEmpty() || !ROLES.containsAll(roles)) {
      throw Settings.wrong(Setting.ROLES, "must be api, worker or both, separated by a comma");
    }
    return new NodeSettings(
        http(settings), publicUrl(settings), roles, settings.flag(Setting.PRIVATE_WEBHOOKS), settings.flag(Setting.PRIVATE_MAIL), mail(settings),
        StripeSettings.of(settings), Path.of(settings.text(Setting.DATA)), traces(settings));
  }

  private static Server.Settings http(Settings settings) {
    List<String> proxies = settings.list(Setting.TRUSTED_PROXIES);
    if (!proxies.stream().allMatch(Cidr::valid)) {
      throw Settings.wrong(Setting.TRUSTED_PROXIES, "must hold addresses or blocks such as 192.0.2.0/24, separated by commas");
    }
    return new Server.Settings(settings.text(Setting.HOST), settings.number(Setting.PORT, 0, 65_535), proxies);
  }

  private static @Nullable String publicUrl(Settings settings) {
    String text = settings.textOrNull(Setting.PUBLIC_URL);
    if (text == null) {
      return null;
    }
    String url = text.replaceFirst("/+$", "");
    if (!url.matches("https?://[^/?#@\\s]+") || URI.create(url).getHost() == null) {
      throw Settings.wrong(Setting.PUBLIC_URL, "must be an address without a path, such as https://tuco.example.com");
    }
    return url;
  }

  private static @Nullable MailSettings mail(Settings settings) {
    String host = settings.textOrNull(Setting.SMTP_HOST);
    if (host == null) {
      for (Setting needsHost : List.of(Setting.SMTP_PORT, Setting.SMTP_USER, Setting.SMTP_PASSWORD, Setting.SMTP_FROM)) {
        if (settings.textOrNull(needsHost) != null) {
          throw Settings.wrong(needsHost, "needs TUCO_SMTP_HOST beside it");
        }
      }
      return null;
    }
    if (!host.matches("[A-Za-z0-9.:_-]{1,253}")) {
      throw Settings.wrong(Setting.SMTP_HOST, "must be a host name or an IP address, without a port");
    }
    String tls = settings.text(Setting.SMTP_TLS);
    if (!List.of("none", "starttls", "tls").contains(tls)) {
      throw Settings.wrong(Setting.SMTP_TLS, "must be none, starttls or tls");
    }
    MailSettings.Tls protection = MailSettings.Tls.valueOf(tls.toUpperCase(Locale.ROOT));
    int port = settings.textOrNull(Setting.SMTP_PORT) == null
        ? protection.usualPort() : settings.number(Setting.SMTP_PORT, 1, 65_535);
    String user = settings.textOrNull(Setting.SMTP_USER);
    String password = settings.textOrNull(Setting.SMTP_PASSWORD);
    if ((user == null) != (password == null)) {
      throw user == null
          ? Settings.wrong(Setting.SMTP_PASSWORD, "needs TUCO_SMTP_USER beside it")
          : Settings.wrong(Setting.SMTP_USER, "needs TUCO_SMTP_PASSWORD beside it");
    }
    String from = settings.text(Setting.SMTP_FROM);
    if (!from.matches("[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")) {
      throw Settings.wrong(Setting.SMTP_FROM, "must be the address that mail comes from, such as tuco@example.com");
    }
    return new MailSettings(host, port, protection, user, password, from);
  }

  private static Traces.@Nullable Settings traces(Settings settings) {
    String url = settings.textOrNull(Setting.TRACES_URL);
    int percent = settings.number(Setting.TRACES_PERCENT, 0, 100);
    Map<String, String> headers = new LinkedHashMap<>();
    for (String header : settings.list(Setting.TRACES_HEADERS)) {
      int equals = header.indexOf('=');
      if (equals < 1 || !header.substring(0, equals).strip().matches("[A-Za-z0-9-]+")) {
        throw Settings.wrong(Setting.TRACES_HEADERS, "must hold headers, name=value, separated by commas");
      }
      headers.put(header.substring(0, equals).strip(), header.substring(equals + 1).strip());
    }
    if (url == null) {
      if (!headers.isEmpty()) {
        throw Settings.wrong(Setting.TRACES_HEADERS, "needs TUCO_TRACES_URL beside it");
      }
      return null;
    }
    if (!url.matches("https?://[A-Za-z0-9.:\\[\\]-]+/[^\\s?#]*")) {
      throw Settings.wrong(Setting.TRACES_URL, "must be the collector's address to the path, such as http://localhost:4318/v1/traces");
    }
    return new Traces.Settings(url, headers, percent);
  }

  /** The node's whole configuration. */
  public Config with(Databases databases, byte[] secretKey) {
    return new Config(
        databases.app(), databases.engine(), http, publicUrl, secretKey,
        roles.contains("api"), roles.contains("worker"), privateWebhooks, privateMail, mail, stripe, data, traces);
  }
}
