package tuco.config;

import java.util.Arrays;
import java.util.Optional;

/** Every setting there is: the one table from which the code reads, and help and {@code docs/operation.md} are made. */
public enum Setting {
  HOST("127.0.0.1", "The address to listen on; `0.0.0.0` takes connections from everywhere."),
  PORT("8080", "The port of the dashboard and the API; 0 takes a free one."),
  PUBLIC_URL("", "How people and programs reach this installation, for example `https://tuco.example.com`; stands in links and in e-mails. Without it: `http://localhost` and the port."),
  TRUSTED_PROXIES("", "Addresses and blocks of the proxies in front, separated by commas; only their `X-Forwarded-For` and `X-Forwarded-Proto` count."),
  ROLES("api,worker", "What this node does: `api` answers requests and shows the dashboard, `worker` sends messages and delivers webhooks."),
  DATA("./data", "The data directory: the embedded PostgreSQL and the generated secret key."),
  DATABASE_URL("", "Another PostgreSQL (15 or newer) instead of the embedded one: `postgresql://user:password@host:port/database`. The user may create roles, or is `tuco_app` and the next setting is given.", true),
  DATABASE_OWNER_URL("", "The user that migrates, when `TUCO_DATABASE_URL` is `tuco_app`; the role `tuco_engine` then has the password of `tuco_app`.", true),
  SECRET_KEY("", "32 bytes in Base64 that encrypt the lines' credentials; the same on every node of a database. Without it: made once and kept in `secret.key` in the data directory.", true),
  PRIVATE_WEBHOOKS("false", "Whether webhooks and attachments may be at private addresses, and webhooks at plain `http`: `true` or `false`."),
  PRIVATE_MAIL("true", "Whether the mail servers of lines may be at private addresses; `false` where workspaces belong to strangers: `true` or `false`."),
  SMTP_HOST("", "The mail server for Tuco's own mail: invitations, news about passwords and keys. Without it links are only shown, and nothing is mailed."),
  SMTP_PORT("", "Its port. Without it: 587 for `starttls`, 465 for `tls`, 25 for `none`."),
  SMTP_TLS("starttls", "How the connection is protected: `starttls`, `tls` from the first byte, or `none`; certificates are checked."),
  SMTP_USER("", "The user, when the mail server wants a log-in."),
  SMTP_PASSWORD("", "The user's password.", true),
  SMTP_FROM("", "The address that mail comes from, for example `tuco@example.com`."),
  STRIPE_SECRET("", "The signing secret of the Stripe webhook that points at `/api/billing/stripe`; several, separated by commas, while one is replaced. Without it no billing event is taken.", true),
  STRIPE_PRICES("", "Which plan a Stripe price stands for: pairs such as `price_123=starter`, separated by commas."),
  TRACES_URL("", "The collector that gets traces by OTLP over HTTP, for example `http://localhost:4318/v1/traces`. Without it nothing is traced."),
  TRACES_HEADERS("", "Headers for the collector, `name=value` pairs separated by commas, for example `Authorization=Bearer …`.", true),
  TRACES_PERCENT("100", "How many of a hundred traces that begin here are recorded; one that a caller began (`traceparent`) is recorded when the caller records it."),
  CONFIG("", "A file with settings, one `NAME=value` a line; `--config` says the same."),
  URL("http://localhost:8080", "For the commands that talk to a running Tuco: where it is."),
  KEY("", "For the commands that talk to a running Tuco: the API key or session token they use.", true);

  private final String standard;
  private final String meaning;
  private final boolean secret;

  Setting(String standard, String meaning) {
    this(standard, meaning, false);
  }

  Setting(String standard, String meaning, boolean secret) {
    this.standard = standard;
    this.meaning = meaning;
    this.secret = secret;
  }

  /** The name in the environment and in the file. */
  public String variable() {
    return "TUCO_" + name();
  }

  /** What holds where nothing is set; empty for nothing. */
  public String standard() {
    return standard;
  }

  /** A secret may also be read from the file named by the variable with {@code _FILE} at its end. */
  public boolean secret() {
    return secret;
  }

  /** What it is for, in a sentence for people. */
  public String meaning() {
    return meaning;
  }

  /** The setting with this variable. */
  static Optional<Setting> of(String variable) {
    return Arrays.stream(values()).filter(setting -> setting.variable().equals(variable)).findAny();
  }

  /** The table for people, in Markdown. */
  public static String table() {
    StringBuilder table = new StringBuilder("| Setting | Default | Meaning |\n|---|---|---|\n");
    for (Setting setting : values()) {
      String standard = setting.standard.isEmpty() ? "" : "`" + setting.standard + "`";
      String file = setting.secret ? " Or `" + setting.variable() + "_FILE`." : "";
      table.append("| `%s` | %s | %s%s |\n".formatted(setting.variable(), standard, setting.meaning, file));
    }
    return table.toString();
  }
}
