package tuco.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import tuco.config.Settings;

/** Brings the database to this version and ends. */
@Command(name = "migrate", description = {
    "Bring the database to this version and end.",
    "`tuco up` does the same at every start; this is for who wants to do it apart. Forward only, safe at any time."})
public final class Migrate implements Callable<Integer> {
  @Mixin private SettingsOptions options = new SettingsOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    Settings settings = options.read(Map.of());
    try (Store store = Store.open(settings)) {
      spec.commandLine().getOut().println("The database in " + store.place(settings) + " is up to date.");
    }
    return 0;
  }
}
