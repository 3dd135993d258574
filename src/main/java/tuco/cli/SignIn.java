package tuco.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Console;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tuco.http.Json;

/** Signs a person in and prints the session's token for the other commands. */
@Command(name = "sign-in", description = {
    "Sign in and print a session token for TUCO_KEY.",
    "The password is asked for, or read from standard input. For example: export TUCO_KEY=$(tuco sign-in you@example.com)"})
public final class SignIn implements Callable<Integer> {
  @Mixin private Remote remote = new Remote();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "EMAIL", description = "Your e-mail address.")
  private String email = "";

  @Option(names = "--code", paramLabel = "CODE", description = "The code of your authenticator app, if you use one.")
  private @Nullable String code;

  @Override
  public Integer call() throws IOException {
    ObjectNode body = Json.object().put("email", email).put("password", password());
    if (code != null) {
      body.put("totp", code);
    }
    JsonNode answer = remote.postOpenly("/api/sessions", body);
    spec.commandLine().getOut().println(remote.json() ? Json.text(answer) : answer.path("token").asText());
    return 0;
  }

  /** Never an argument: those are visible to everybody on the machine. */
  @SuppressWarnings("SystemConsoleNull") // Since Java 25 there is no console again where nobody sits at one.
  private String password() throws IOException {
    Console console = System.console();
    if (console != null && console.isTerminal()) {
      char[] typed = console.readPassword("Password: ");
      return typed == null ? "" : new String(typed);
    }
    return new String(System.in.readAllBytes(), StandardCharsets.UTF_8).strip();
  }
}
