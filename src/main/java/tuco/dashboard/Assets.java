package tuco.dashboard;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import tuco.http.Problem;
import tuco.http.Request;
import tuco.http.Response;

/**
 * Stylesheets, scripts and the icon, out of the jar and from a fixed list. The path carries a hash of the
 * content, so that a browser may keep a file for a year and still sees a new one at once.
 */
public final class Assets {
  private static final String WEBJARS = "/META-INF/resources/webjars/";
  private static final Map<String, String> FILES = Map.ofEntries(
      Map.entry("tabler.css", WEBJARS + "tabler__core/1.4.0/dist/css/tabler.min.css"),
      Map.entry("tabler.js", WEBJARS + "tabler__core/1.4.0/dist/js/tabler.min.js"),
      Map.entry("htmx.js", WEBJARS + "htmx.org/2.0.10/dist/htmx.min.js"),
      Map.entry("tuco.css", "/assets/tuco.css"),
      Map.entry("tuco.js", "/assets/tuco.js"),
      Map.entry("campaigns.css", "/assets/campaigns.css"),
      Map.entry("inbox.css", "/assets/inbox.css"),
      Map.entry("campaigns.js", "/assets/campaigns.js"),
      Map.entry("import.js", "/assets/import.js"),
      Map.entry("theme.js", "/assets/theme.js"),
      Map.entry("favicon.svg", "/assets/favicon.svg"));

  private final @Nullable Checkout checkout;
  private final Map<String, Asset> assets = new LinkedHashMap<>();

  private record Asset(String type, String hash, byte[] plain, byte[] zipped) {}

  /**
   * Reads all files.
   *
   * @param checkout in development, where to read ours again each time they are asked for
   */
  public Assets(@Nullable Checkout checkout) {
    this.checkout = checkout;
    FILES.forEach((name, resource) -> assets.put(name, asset(name, read(resource))));
  }

  private static Asset asset(String name, byte[] plain) {
    return new Asset(type(name), hash(plain), plain, zip(plain));
  }

  private @Nullable Asset find(String name) {
    byte[] changed = checkout == null || !FILES.containsKey(name) ? null : checkout.resource(FILES.get(name));
    return changed == null ? assets.get(name) : asset(name, changed);
  }

  /** Where a page finds this file. */
  public String path(String name) {
    Asset asset = find(name);
    if (asset == null) {
      throw new IllegalArgumentException("there is no asset " + name);
    }
    return "/assets/" + asset.hash() + "/" + name;
  }

  /** {@code GET /assets/{hash}/{name}}. */
  public Response serve(Request request) {
    Asset asset = find(request.param("name"));
    if (asset == null) {
      throw Problem.notFound("Not found").code("no_such_path");
    }
    boolean zip = request.headers().getOrDefault("accept-encoding", "").contains("gzip");
    Response response = Response.bytes(asset.type(), zip ? asset.zipped() : asset.plain()).with("Vary", "Accept-Encoding");
    if (zip) {
      response.with("Content-Encoding", "gzip");
    }
    // Another hash is a page of another version of us, seen during an upgrade: served, but not kept.
    boolean same = asset.hash().equals(request.param("hash"));
    return response.with("Cache-Control", same ? "public, max-age=31536000, immutable" : "no-cache");
  }

  private static String type(String name) {
    return switch (name.substring(name.lastIndexOf('.'))) {
      case ".css" -> "text/css; charset=utf-8";
      case ".js" -> "text/javascript; charset=utf-8";
      case ".svg" -> "image/svg+xml";
      default -> throw new IllegalArgumentException("no type is known for " + name);
    };
  }

  private static byte[] read(String resource) {
    try (InputStream in = Assets.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException(resource + " is not in the jar");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] zip(byte[] plain) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(plain.length / 3);
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(plain);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static String hash(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
