package tuco.cli;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tuco.config.Setting;
import tuco.config.Settings;
import tuco.db.PostgresRestore;

/** Makes a data directory from a backup. */
@Command(name = "restore", description = {
    "Make a new data directory from a backup.",
    "For example: tuco restore tuco-backup.tar.gz --data ./restored, then tuco up --data ./restored"})
public final class Restore implements Callable<Integer> {
  @Mixin private SettingsOptions options = new SettingsOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "FILE", description = "What tuco backup wrote.")
  private Path file = Path.of("");

  @Override
  public Integer call() {
    Settings settings = options.read(Map.of());
    Path data = Path.of(settings.text(Setting.DATA));
    PostgresRestore.read(file, data);
    spec.commandLine().getOut().println("Restored; start it with: tuco up --data " + data);
    return 0;
  }
}
