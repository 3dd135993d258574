package tuco.mail;

import jakarta.mail.AuthenticationFailedException;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Properties;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocketFactory;
import org.eclipse.angus.mail.smtp.SMTPAddressFailedException;
import org.eclipse.angus.mail.smtp.SMTPSendFailedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the installation's own mail: invitations, news about credentials. Each on a virtual thread of its own, after
 * and outside of any transaction, once and with a deadline. That it cannot be sent never fails what it tells of; that
 * no mail server is configured is a normal state.
 */
public final class SystemMail implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SystemMail.class);
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final int CONNECTIONS = 4;
  private static final int MOST_WAITING = 1_000;
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, d MMM uuuu HH:mm:ss Z", Locale.ENGLISH);

  private final @Nullable MailSettings settings;
  private final Clock clock;
  private final SSLSocketFactory trust;
  private final Duration deadline;
  private final Semaphore room = new Semaphore(MOST_WAITING);
  private final Semaphore connections = new Semaphore(CONNECTIONS);
  private final ExecutorService senders = Executors.newVirtualThreadPerTaskExecutor();
  private final ScheduledExecutorService watchdog =
      Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().name("mail-deadline").daemon(true).factory());

  /**
   * @param settings null where there is no mail server
   */
  public SystemMail(@Nullable MailSettings settings, Clock clock) {
    this(settings, clock, (SSLSocketFactory) SSLSocketFactory.getDefault(), DEADLINE);
  }

  SystemMail(@Nullable MailSettings settings, Clock clock, SSLSocketFactory trust, Duration deadline) {
    this.settings = settings;
    this.clock = clock;
    this.trust = trust;
    this.deadline = deadline;
  }

  /** Whether there is a mail server. */
  public boolean configured() {
    return settings != null;
  }

  /** Sends to one person and returns at once; without a mail server nothing happens. */
  public void send(String to, String subject, String text) {
    MailSettings server = settings;
    if (server == null) {
      return;
    }
    if (!room.tryAcquire()) {
      LOG.warn("{} mails wait for {}:{} already; one more is dropped", MOST_WAITING, server.host(), server.port());
      return;
    }
    senders.execute(() -> {
      try {
        deliver(server, to, subject, text);
      } finally {
        room.release();
      }
    });
  }

  /** A fault is logged without address, subject or text, and in words of ours: a server may repeat what it was told. */
  private void deliver(MailSettings server, String to, String subject, String text) {
    try {
      connections.acquire();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      LOG.warn("a mail was not sent: this node stops");
      return;
    }
    Thread sender = Thread.currentThread();
    // Interrupting a virtual thread that waits for a socket closes the socket, whatever the server dribbles.
    ScheduledFuture<?> guard = watchdog.schedule(sender::interrupt, deadline.toMillis(), TimeUnit.MILLISECONDS);
    try {
      Transport.send(letter(session(server), server, to, subject, text), server.user(), server.password());
    } catch (MessagingException e) {
      LOG.warn("a mail could not be given to {}:{}: {}", server.host(), server.port(),
          Thread.interrupted() ? "no answer in time" : fault(e));
    } finally {
      guard.cancel(false);
      connections.release();
    }
  }

  private Session session(MailSettings server) {
    String wait = Long.toString(deadline.toMillis());
    boolean startTls = server.tls() == MailSettings.Tls.STARTTLS;
    Properties properties = new Properties();
    properties.put("mail.transport.protocol.rfc822", "smtp");
    properties.put("mail.smtp.host", server.host());
    properties.put("mail.smtp.port", Integer.toString(server.port()));
    // Sender of the envelope, and what message ids are made of instead of this machine's name.
    properties.put("mail.from", server.from());
    properties.put("mail.smtp.localhost", server.from().substring(server.from().lastIndexOf('@') + 1));
    properties.put("mail.smtp.ssl.enable", server.tls() == MailSettings.Tls.TLS);
    properties.put("mail.smtp.starttls.enable", startTls);
    // Without this a server, or someone between, that hides STARTTLS would get password and links in clear.
    properties.put("mail.smtp.starttls.required", startTls);
    properties.put("mail.smtp.ssl.socketFactory", trust);
    properties.put("mail.smtp.ssl.checkserveridentity", "true");
    properties.put("mail.smtp.auth", server.user() != null);
    properties.put("mail.smtp.auth.mechanisms", "PLAIN LOGIN");
    properties.put("mail.smtp.quitwait", "false");
    properties.put("mail.smtp.connectiontimeout", wait);
    properties.put("mail.smtp.timeout", wait);
    return Session.getInstance(properties);
  }

  private MimeMessage letter(Session session, MailSettings server, String to, String subject, String text)
      throws MessagingException {
    MimeMessage letter = new MimeMessage(session);
    letter.setFrom(new InternetAddress(server.from(), true));
    letter.setRecipient(Message.RecipientType.TO, new InternetAddress(to, true));
    letter.setSubject(oneLine(subject), StandardCharsets.UTF_8.name());
    letter.setHeader("Date", DATE.format(clock.instant().atOffset(ZoneOffset.UTC)));
    // RFC 3834: nobody's holiday notice should answer.
    letter.setHeader("Auto-Submitted", "auto-generated");
    letter.setText(text, StandardCharsets.UTF_8.name());
    return letter;
  }

  /** Names that people chose stand in subjects; a line break in one would begin a header of their own. */
  private static String oneLine(String subject) {
    return subject.replaceAll("\\p{Cntrl}+", " ").strip();
  }

  private static String fault(MessagingException e) {
    for (Exception next = e; next instanceof MessagingException fault; next = fault.getNextException()) {
      switch (fault) {
        case AuthenticationFailedException refused -> {
          return "the log-in was refused";
        }
        case SMTPAddressFailedException refused -> {
          return "the server answered " + refused.getReturnCode();
        }
        case SMTPSendFailedException refused when refused.getNextException() == null -> {
          return "the server answered " + refused.getReturnCode();
        }
        default -> {
          if (fault.getNextException() instanceof IOException broken) {
            return "the connection failed: " + broken.getClass().getSimpleName();
          }
        }
      }
    }
    String words = String.valueOf(e.getMessage());
    return words.startsWith("STARTTLS is required") ? "it offers no STARTTLS" : e.getClass().getSimpleName();
  }

  /** Gives what is under way a few seconds. */
  @Override
  public void close() {
    senders.shutdown();
    try {
      if (!senders.awaitTermination(5, TimeUnit.SECONDS)) {
        senders.shutdownNow();
      }
    } catch (InterruptedException e) {
      senders.shutdownNow();
      Thread.currentThread().interrupt();
    }
    watchdog.shutdownNow();
  }
}
