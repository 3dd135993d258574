package tuco.cli;

import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tuco.Node;
import tuco.audit.Verifier;
import tuco.config.NodeSettings;
import tuco.config.SecretKey;
import tuco.config.Settings;
import tuco.http.Json;
import tuco.ids.Ids;
import tuco.ids.Kind;

/** The audit log as evidence: taken out of the database, and held against itself without one (decisions 9.3). */
@Command(name = "audit", description = {
    "Export the audit log of a workspace, and verify an export.",
    "export works on the database, while Tuco runs or not; verify needs the file alone."})
public final class Audit {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Command(description = "Write a workspace's audit log, signed, to standard output or to a file.")
  int export(
      @Mixin SettingsOptions options,
      @Option(names = "--workspace", required = true, paramLabel = "ID", description = "Whose log, for example ws_…") String workspace,
      @Option(names = "--out", paramLabel = "FILE", description = "A new file (default: standard output).") @Nullable Path out)
      throws IOException {
    UUID id = Ids.parse(Kind.WORKSPACE, workspace);
    if (id == null) {
      throw new Refused(workspace + " is no id of a workspace; it should read like ws_ and 26 letters.");
    }
    Settings settings = options.read(Map.of());
    try (Store store = Store.openBeside(settings);
        Node node = new Node(NodeSettings.of(settings).with(store.databases(), SecretKey.of(settings)), Clock.systemUTC())) {
      if (!node.auditExport().writeForOperator(id, out == null ? Audit::standardOutput : () -> created(out))) {
        throw new Refused("There is no workspace " + workspace + ".");
      }
    }
    return 0;
  }

  /** A stream that stays open when the export closes it. */
  private static OutputStream standardOutput() {
    return new FilterOutputStream(System.out) {
      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
      }

      @Override
      public void close() throws IOException {
        flush();
      }
    };
  }

  private static OutputStream created(Path file) {
    try {
      return new BufferedOutputStream(Files.newOutputStream(file, StandardOpenOption.CREATE_NEW));
    } catch (IOException e) {
      throw new Refused("The file " + file + " exists already or cannot be written.", e);
    }
  }

  @Command(description = {
      "Prove an export complete and unchanged, or name the first entry that is not. Needs no server and no database.",
      "Exit code 0 when everything holds, 1 when not."})
  int verify(
      @Parameters(paramLabel = "FILE", description = "The export.") Path file,
      @Option(names = "--key", paramLabel = "FINGERPRINT", description = "The key it must be signed with: sha256:…, as Settings > Audit and GET /api/audit/key show it.") @Nullable String key,
      @Option(names = "--earlier", paramLabel = "FILE", description = "An export of the same log from before; all it holds must be in this one.") @Nullable Path earlier,
      @Option(names = "--json", description = "Print one line of JSON.") boolean json) {
    for (Path each : earlier == null ? new Path[] {file} : new Path[] {file, earlier}) {
      if (!Files.isReadable(each)) {
        throw new Refused("There is no file " + each + ", or it cannot be read.");
      }
    }
    try {
      return show(new Verifier(key, earlier).verify(file), key != null, json);
    } catch (IOException e) {
      throw new Refused("The file " + file + " cannot be read: it is no text in UTF-8.", e);
    }
  }

  private int show(Verifier.Verdict verdict, boolean pinned, boolean json) {
    var out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.text(Json.object().put("holds", verdict.holds()).put("firstBad", verdict.firstBad())
          .put("finding", verdict.words()).put("workspace", verdict.workspace()).put("entries", verdict.entries())
          .put("exportedAt", verdict.exportedAt()).put("fingerprint", verdict.fingerprint())));
      return verdict.holds() ? 0 : 1;
    }
    if (!verdict.holds()) {
      out.println("NOT INTACT, first bad entry " + verdict.firstBad() + ": " + verdict.words() + ".");
      return 1;
    }
    out.println("Intact: " + verdict.entries() + " entries of " + verdict.name() + " (" + verdict.workspace() + "), complete as of "
        + verdict.exportedAt() + ".");
    out.println("Signed with the key " + verdict.fingerprint() + (pinned ? ", the one that was asked for."
        : ". Compare it with the one you know (--key): an export proves its own key only."));
    return 0;
  }
}
