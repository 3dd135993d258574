package tuco.cli;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tuco.config.Databases;
import tuco.config.Setting;
import tuco.config.Settings;
import tuco.db.PostgresBackup;

/** Saves the data directory into one file. */
@Command(name = "backup", description = {
    "Save the data directory into one file, while Tuco runs or not.",
    "The file holds everything, the secret key included: keep it as safe as the directory itself."})
public final class Backup implements Callable<Integer> {
  @Mixin private SettingsOptions options = new SettingsOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "FILE", description = "The file to write, for example tuco-backup.tar.gz; must not be there yet.")
  private Path file = Path.of("");

  @Override
  public Integer call() {
    Settings settings = options.read(Map.of());
    if (Databases.of(settings).isPresent()) {
      throw new Refused("The data is in the PostgreSQL of TUCO_DATABASE_URL: back that one up with its own tools.");
    }
    PostgresBackup.write(Path.of(settings.text(Setting.DATA)), file);
    spec.commandLine().getOut().println("Saved to " + file + ".");
    return 0;
  }
}
