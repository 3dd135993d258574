package tuco.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ScopeType;
import tuco.db.StartFailure;

/** The command line as a whole: its commands, and one sentence instead of a stack trace when something fails. */
@Command(
    name = "tuco",
    description = "Self-hosted platform for outbound conversations.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    usageHelpWidth = 100,
    version = "tuco " + Tuco.VERSION,
    subcommands = {
        Up.class, Send.class, Usage.class, SignIn.class, Workspace.class, ReadOnlyMode.class, Member.class, Key.class, Staff.class,
        Import.class, Audit.class,
        Doctor.class, Migrate.class, Backup.class, Restore.class, Help.class})
public final class Tuco {
  static final String VERSION = "0.1.0";
  private static final Logger LOG = LoggerFactory.getLogger(Tuco.class);

  private Tuco() {}

  /** Runs a command; answers the exit code. */
  public static int run(String... arguments) {
    CommandLine line = new CommandLine(new Tuco());
    line.setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8));
    line.setExecutionExceptionHandler((failure, command, parsed) -> {
      if (failure instanceof StartFailure || failure instanceof Refused) {
        command.getErr().println(failure.getMessage());
      } else {
        LOG.error("this should not have happened", failure);
      }
      return 1;
    });
    return line.execute(arguments);
  }
}
