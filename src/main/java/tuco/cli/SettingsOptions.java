package tuco.cli;

import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tuco.config.NodeSettings;
import tuco.config.Setting;
import tuco.config.Settings;

/** The options of every command that works on the database or the data directory itself. */
public final class SettingsOptions {
  private static final int DEFAULT_PORT = 8080;

  @Option(names = "--data", paramLabel = "DIR",
      description = "The data directory: the embedded PostgreSQL and the secret key (default: ./data).")
  private @Nullable String data;

  @Option(names = "--config", paramLabel = "FILE",
      description = "A file with settings, one NAME=value a line; `tuco help config` lists them.")
  private @Nullable String config;

  /** The settings that hold for this command: these options, further ones, the environment, the file. */
  Settings read(Map<Setting, String> further) {
    Map<Setting, String> options = new EnumMap<>(Setting.class);
    put(options, Setting.DATA, data);
    put(options, Setting.CONFIG, config);
    options.putAll(further);
    return Settings.read(options, System.getenv());
  }

  /** Where a link leads that a command on the database prints: what is set for links, or this machine's port. */
  static String address(Settings settings, NodeSettings node) {
    if (node.publicUrl() != null) {
      return node.publicUrl();
    }
    int port = node.http().port();
    return port == 0 || port == DEFAULT_PORT ? settings.text(Setting.URL) : "http://localhost:" + port;
  }

  private static void put(Map<Setting, String> options, Setting setting, @Nullable String value) {
    if (value != null) {
      options.put(setting, value);
    }
  }
}
