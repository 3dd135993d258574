package tuco.channels.smtp;

import jakarta.mail.Address;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.URLName;
import jakarta.mail.internet.InternetAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.Properties;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.eclipse.angus.mail.smtp.SMTPTransport;
import org.jspecify.annotations.Nullable;
import tuco.channels.Hosts;
import tuco.channels.SendResult;

/**
 * One conversation with a mail server that knows how far it came.
 *
 * <p>Angus reports a lost connection in the same way before and after the message was handed over,
 * and its RSET after a refusal can hide the refusal behind an error of its own. The difference
 * decides whether a message may be sent again (decisions 5.3), so this class notes each command
 * as it leaves and the answer to it, and judges by these notes instead of by exceptions.
 */
final class SmtpConnection extends SMTPTransport {
  /** The command that ends the message: from here on the server may have it. */
  private static final String FINAL_DOT = ".";

  private final SmtpSettings settings;
  private final SmtpTimeouts timeouts;
  private final Hosts hosts;
  private final SSLSocketFactory trust;
  private final ScheduledExecutorService watchdog;
  private volatile @Nullable Socket socket;

  private String command = "";
  private @Nullable SmtpReply reply;
  private boolean tidying;
  private boolean hungUp;
  private volatile boolean overdue;
  private boolean used;
  private boolean reused;

  SmtpConnection(
      SmtpSettings settings, SmtpTimeouts timeouts, Hosts hosts, SSLSocketFactory trust, ScheduledExecutorService watchdog) {
    super(session(settings, trust), new URLName("smtp", settings.host(), settings.port(), null, null, null));
    this.settings = settings;
    this.timeouts = timeouts;
    this.hosts = hosts;
    this.trust = trust;
    this.watchdog = watchdog;
  }

  private static Session session(SmtpSettings settings, SSLSocketFactory trust) {
    Properties properties = new Properties();
    boolean startTls = settings.tls() == SmtpSettings.Tls.STARTTLS;
    properties.put("mail.smtp.localhost", MailAddress.domainOf(settings.from()));
    properties.put("mail.smtp.starttls.enable", startTls);
    // Without this a server, or someone between, that hides STARTTLS would get the password in clear.
    properties.put("mail.smtp.starttls.required", startTls);
    properties.put("mail.smtp.ssl.socketFactory", trust);
    properties.put("mail.smtp.ssl.checkserveridentity", "true");
    properties.put("mail.smtp.auth", settings.user() != null);
    properties.put("mail.smtp.auth.mechanisms", "PLAIN LOGIN");
    properties.put("mail.smtp.quitwait", "false");
    return Session.getInstance(properties);
  }

  /**
   * Connects, protects the connection and logs in.
   *
   * @return null when messages can be handed over, else what went wrong; nothing has left then
   */
  @Nullable String open() {
    ScheduledFuture<?> guard = guard();
    try {
      connect(connected());
      return null;
    } catch (IOException | MessagingException e) {
      abort();
      SmtpReply answer = reply;
      boolean said = answer != null && (answer.refused() || answer.tryLater());
      String words = answer != null && said ? withoutSecrets(answer.words()) : fault(e);
      return "Cannot use the mail server %s:%d: %s".formatted(settings.host(), settings.port(), words);
    } finally {
      guard.cancel(false);
    }
  }

  private Socket connected() throws IOException {
    Socket plain = plain();
    plain.setSoTimeout((int) timeouts.read().toMillis());
    plain.setTcpNoDelay(true);
    if (settings.tls() != SmtpSettings.Tls.TLS) {
      return plain;
    }
    SSLSocket secure = (SSLSocket) trust.createSocket(plain, settings.host(), settings.port(), true);
    SSLParameters parameters = secure.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    secure.setSSLParameters(parameters);
    secure.startHandshake();
    return secure;
  }

  /** A connection to the first address of the host that takes one, held against the rules before. */
  private Socket plain() throws IOException {
    IOException refused = new UnknownHostException(settings.host());
    for (InetAddress resolved : hosts.addresses(settings.host())) {
      // The name as it was typed is what the certificate is checked against, also for a plain address.
      InetAddress named = InetAddress.getByAddress(settings.host(), resolved.getAddress());
      Socket candidate = new Socket();
      socket = candidate;
      try {
        candidate.connect(new InetSocketAddress(named, settings.port()), (int) timeouts.connect().toMillis());
        return candidate;
      } catch (IOException e) {
        candidate.close();
        refused = e;
      }
      if (overdue) {
        break;
      }
    }
    throw refused;
  }

  @Override
  protected synchronized boolean protocolConnect(
      String host, int port, @Nullable String user, @Nullable String password) throws MessagingException {
    return super.protocolConnect(host, port, settings.user(), settings.password());
  }

  /** Hands one message over and says what is known of it. */
  SendResult send(SmtpMessage mail, String recipient) {
    ScheduledFuture<?> guard = guard();
    reused = used;
    used = true;
    // What was noted of the message before says nothing of this one.
    command = "";
    reply = null;
    try {
      InternetAddress to = new InternetAddress();
      to.setAddress(recipient);
      if (supportsExtension("DSN")) {
        mail.nameEnvelope();
      }
      sendMessage(mail, new Address[] {to});
      return new SendResult.Accepted(mail.messageId());
    } catch (MessagingException e) {
      return outcome(mail, e);
    } finally {
      guard.cancel(false);
    }
  }

  private SendResult outcome(SmtpMessage mail, MessagingException e) {
    SmtpReply answer = reply;
    boolean handedOver = command.equals(FINAL_DOT);
    if (answer != null && answer.refused()) {
      return answer.refusal(command);
    }
    if (answer != null && answer.tryLater()) {
      return new SendResult.TryLater(answer.words(), null, false);
    }
    if (answer != null && answer.positive() && handedOver) {
      return new SendResult.Accepted(mail.messageId());
    }
    // What is still open on this connection is not to be trusted: a half-written message must
    // never be ended by the dot of a later one.
    abort();
    String fault = fault(e);
    return handedOver
        ? new SendResult.Unknown("The mail server had the whole message and did not say what became of it: " + fault)
        : new SendResult.TryLater("The message did not get to the mail server: " + fault, null, false);
  }

  /** In our words what broke, without anything that the caller did not type into host and port. */
  private String fault(Exception e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    if (overdue || root instanceof SocketTimeoutException) {
      overdue = true;
      return "no answer in time";
    }
    if (root instanceof Hosts.Refused) {
      return String.valueOf(root.getMessage());
    }
    if (root instanceof UnknownHostException) {
      return "the host is not known";
    }
    if (root instanceof SSLException || root instanceof GeneralSecurityException) {
      return "TLS failed: " + root.getMessage();
    }
    if (root instanceof IOException) {
      return "the connection failed: " + root.getMessage();
    }
    return hungUp ? "the server closed the connection" : String.valueOf(root.getMessage());
  }

  /** Whether the server answers, so that one more message can go over this connection. */
  boolean alive() {
    ScheduledFuture<?> guard = guard();
    try {
      return isConnected();
    } finally {
      guard.cancel(false);
    }
  }

  /** Whether the server gave up an earlier-used connection before it heard of this message. */
  boolean wentStale() {
    return reused && !overdue && command.equals("MAIL") && (reply == null || reply.code() == 421);
  }

  /** Whether the last call ended because a deadline passed. */
  boolean overdue() {
    return overdue;
  }

  void quit() {
    ScheduledFuture<?> guard = guard();
    try {
      close();
    } catch (MessagingException alreadyGone) {
      // Everything that was sent over it has been answered; there is nothing left to learn.
    } finally {
      guard.cancel(false);
      abort();
    }
  }

  /** Closes the bare socket: no QUIT, no flush, and safe to call from another thread. */
  private void abort() {
    Socket open = socket;
    if (open == null) {
      return;
    }
    try {
      open.close();
    } catch (IOException alreadyClosed) {
      // Closed is what we want it to be.
    }
  }

  private ScheduledFuture<?> guard() {
    return watchdog.schedule(
        () -> {
          overdue = true;
          abort();
        },
        timeouts.whole().toMillis(),
        TimeUnit.MILLISECONDS);
  }

  @Override
  protected void sendCommand(String line) throws MessagingException {
    String verb = verb(line);
    tidying = verb.equals("RSET") || verb.equals("QUIT") || verb.equals("NOOP");
    if (!tidying) {
      command = verb;
      reply = null;
    }
    super.sendCommand(line);
  }

  /** Only the first word of a command is kept: the rest of AUTH is the password. */
  private static String verb(String line) {
    int blank = line.indexOf(' ');
    return blank < 0 ? line : line.substring(0, blank);
  }

  @Override
  protected int readServerResponse() throws MessagingException {
    int code = super.readServerResponse();
    hungUp = code < 0;
    if (code > 0 && !tidying) {
      reply = SmtpReply.of(code, getLastServerResponse());
    }
    return code;
  }

  /** Some servers repeat the command they refuse. */
  private String withoutSecrets(String words) {
    String password = settings.password();
    String user = settings.user();
    if (password == null || user == null) {
      return words;
    }
    return words
        .replace(password, "***")
        .replace(base64(password), "***")
        .replace(base64("\0" + user + "\0" + password), "***")
        .replace(base64(user + "\0" + user + "\0" + password), "***");
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
