package tuco.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tuco.config.Setting;

/** Explains the commands and the settings. */
@Command(name = "help", helpCommand = true, description = "Explain a command, or all settings: tuco help config.")
public final class Help implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(arity = "0..1", paramLabel = "COMMAND", description = "A command, or config.")
  private @Nullable String topic;

  @Override
  public Integer call() {
    CommandLine root = spec.root().commandLine();
    CommandLine command = topic == null ? root : root.getSubcommands().get(topic);
    PrintWriter out = root.getOut();
    if ("config".equals(topic)) {
      settings(out);
    } else if (command != null) {
      command.usage(out);
    } else {
      root.getErr().println("There is no command " + topic + "; `tuco help` lists them.");
      return 1;
    }
    return 0;
  }

  private static void settings(PrintWriter out) {
    out.println("Settings come from options, then the environment, then the file of --config (one NAME=value a line).");
    out.println("A secret can also be in a file of its own, named by the setting with _FILE at its end.");
    for (Setting setting : Setting.values()) {
      out.println();
      out.println(setting.variable() + (setting.standard().isEmpty() ? "" : " (default: " + setting.standard() + ")")
          + (setting.secret() ? " (a secret)" : ""));
      out.println("  " + setting.meaning().replace("`", ""));
    }
  }
}
