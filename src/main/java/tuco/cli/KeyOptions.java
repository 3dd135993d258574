package tuco.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What may be said of a key when it is made and when it is changed (decisions 2.5). */
public final class KeyOptions {
  @Option(names = "--environment", paramLabel = "NAME", description = "production, staging, development or other (a new key: the workspace's).")
  private @Nullable String environment;

  @Option(names = "--integration", paramLabel = "NAME", description = "What uses the key.")
  private @Nullable String integration;

  @Option(names = "--rights", paramLabel = "RIGHTS", description = "full, read_only, send_only, or rights separated by commas (a new key: full).")
  private @Nullable String rights;

  @Option(names = "--expires", paramLabel = "INSTANT", description = "When it stops to work, such as 2027-01-31T00:00:00Z; never takes that back.")
  private @Nullable String expires;

  @Option(names = "--address", paramLabel = "BLOCK", description = "From where it may be used, such as 192.0.2.0/24 or 2001:db8::/32; can be repeated. any takes all back.")
  private List<String> addresses = List.of();

  /** Writes what was given into the body of a call. */
  void into(ObjectNode body) {
    if (environment != null) {
      body.put("environment", environment);
    }
    if (integration != null) {
      body.put("integration", integration);
    }
    if (rights != null && rights.contains(":")) {
      ArrayNode array = body.putArray("rights");
      for (String right : rights.split(",")) {
        array.add(right.strip());
      }
    } else if (rights != null) {
      body.put("rights", rights);
    }
    if (expires != null) {
      body.put("expiresAt", expires.equals("never") ? null : expires);
    }
    if (!addresses.isEmpty()) {
      ArrayNode array = body.putArray("allowedAddresses");
      addresses.stream().filter(address -> !address.equals("any")).forEach(array::add);
    }
  }
}
