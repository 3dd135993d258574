package tuco.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tuco.db.StartFailure;

/** What was set, read once: options of the command line before the environment before the file (decisions 10.2). */
public final class Settings {
  private static final String PREFIX = "TUCO_";

  private final Map<Setting, String> values;

  private Settings(Map<Setting, String> values) {
    this.values = values;
  }

  /**
   * Reads everything.
   *
   * @param options what the command line says
   * @throws StartFailure for a name that means nothing, a file that cannot be read, a setting given twice
   */
  public static Settings read(Map<Setting, String> options, Map<String, String> environment) {
    Map<Setting, String> fromEnvironment = known(environment, "the environment");
    String file = options.getOrDefault(Setting.CONFIG, fromEnvironment.getOrDefault(Setting.CONFIG, ""));
    Map<Setting, String> all = new EnumMap<>(Setting.class);
    if (!file.isBlank()) {
      all.putAll(known(lines(Path.of(file)), file));
    }
    all.putAll(fromEnvironment);
    all.putAll(options);
    return new Settings(all);
  }

  /** Names of ours that nobody knows are refused: a misspelt setting would silently not hold. */
  private static Map<Setting, String> known(Map<String, String> source, String where) {
    Map<Setting, String> known = new EnumMap<>(Setting.class);
    for (Map.Entry<String, String> entry : new TreeMap<>(source).entrySet()) {
      String name = entry.getKey();
      if (!name.startsWith(PREFIX)) {
        continue;
      }
      Optional<Setting> direct = Setting.of(name);
      Optional<Setting> byFile = name.endsWith("_FILE")
          ? Setting.of(name.substring(0, name.length() - "_FILE".length())).filter(Setting::secret)
          : Optional.empty();
      Setting setting = direct.or(() -> byFile).orElseThrow(() ->
          new StartFailure("Unknown setting " + name + " in " + where + "; `tuco help config` lists them all."));
      String value = direct.isPresent() ? entry.getValue() : content(name, Path.of(entry.getValue()));
      if (known.put(setting, value.strip()) != null) {
        throw new StartFailure(setting.variable() + " and " + setting.variable() + "_FILE are both set; keep one.");
      }
    }
    return known;
  }

  private static Map<String, String> lines(Path file) {
    Map<String, String> lines = new TreeMap<>();
    int number = 0;
    for (String line : content("The configuration", file).lines().map(String::strip).toList()) {
      number++;
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      int equals = line.indexOf('=');
      String name = equals < 0 ? "" : line.substring(0, equals).strip();
      if (!name.startsWith(PREFIX)) {
        throw new StartFailure("Line " + number + " of " + file + " is no setting; it should read TUCO_NAME=value.");
      }
      if (lines.put(name, line.substring(equals + 1).strip()) != null) {
        throw new StartFailure(name + " stands twice in " + file + ".");
      }
    }
    return lines;
  }

  private static String content(String what, Path file) {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new StartFailure(what + ": there is no file " + file + ".", e);
    } catch (IOException e) {
      throw new StartFailure(what + ": the file " + file + " cannot be read.", e);
    }
  }

  /** What is set, null where nothing is set and there is no default. */
  public @Nullable String textOrNull(Setting setting) {
    String value = values.getOrDefault(setting, "");
    String effective = value.isEmpty() ? setting.standard() : value;
    return effective.isEmpty() ? null : effective;
  }

  /** What is set; empty where nothing is set and there is no default. */
  public String text(Setting setting) {
    String value = textOrNull(setting);
    return value == null ? "" : value;
  }

  /** A whole number within bounds. */
  public int number(Setting setting, int least, int most) {
    String value = text(setting);
    if (value.matches("\\d{1,9}") && Integer.parseInt(value) >= least && Integer.parseInt(value) <= most) {
      return Integer.parseInt(value);
    }
    throw wrong(setting, "must be a number from " + least + " to " + most);
  }

  /** {@code true} or {@code false}. */
  public boolean flag(Setting setting) {
    return switch (text(setting)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw wrong(setting, "must be true or false");
    };
  }

  /** Values separated by commas. */
  public List<String> list(Setting setting) {
    return Arrays.stream(text(setting).split(",")).map(String::strip).filter(part -> !part.isEmpty()).toList();
  }

  /** The sentence for a value that cannot be; never shows a secret. */
  static StartFailure wrong(Setting setting, String rule) {
    return new StartFailure(setting.variable() + " " + rule + ".");
  }
}
