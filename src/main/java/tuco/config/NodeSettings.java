package tuco.config;

import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tuco.http.Cidr;
import tuco.http.Server;

/** What the settings say about one node, checked; everything but the database. */
public record NodeSettings(Server.Settings http, @Nullable String publicUrl, List<String> roles, boolean privateWebhooks) {
  private static final List<String> ROLES = List.of("api", "worker");

  /**
   * @throws tuco.db.StartFailure that names the setting and the rule
   */
  public static NodeSettings of(Settings settings) {
    List<String> roles = settings.list(Setting.ROLES);
    if (roles.isEmpty() || !ROLES.containsAll(roles)) {
      throw Settings.wrong(Setting.ROLES, "must be api, worker or both, separated by a comma");
    }
    return new NodeSettings(http(settings), publicUrl(settings), roles, settings.flag(Setting.PRIVATE_WEBHOOKS));
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

  /** The node's whole configuration. */
  public Config with(Databases databases, byte[] secretKey) {
    return new Config(
        databases.app(), databases.engine(), http, publicUrl, secretKey,
        roles.contains("api"), roles.contains("worker"), privateWebhooks);
  }
}
