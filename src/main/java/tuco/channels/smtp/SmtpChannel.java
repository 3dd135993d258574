package tuco.channels.smtp;

import jakarta.mail.MessagingException;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import tuco.channels.Channel;
import tuco.channels.Files;
import tuco.channels.Hosts;
import tuco.channels.LineSettings;
import tuco.channels.Outgoing;
import tuco.channels.SendResult;

/**
 * Sends e-mail through the line's own mail server (connectors 4.6). All messages of one {@link
 * #send} go over one connection; a server that stops answering ends the batch, and what is left of
 * it waits.
 */
public final class SmtpChannel implements Channel {
  /** Files of messages under way: each may hold 50 MB. */
  private static final int WITH_FILES = 2;

  private final Clock clock;
  private final Files files;
  private final Hosts hosts;
  private final Semaphore withFiles = new Semaphore(WITH_FILES);
  private final SSLSocketFactory trust;
  private final SmtpTimeouts timeouts;
  private final ScheduledExecutorService watchdog;

  /** A channel that trusts the certificate authorities of this Java. */
  public SmtpChannel(Clock clock, Files files, Hosts hosts) {
    this(clock, files, hosts, (SSLSocketFactory) SSLSocketFactory.getDefault(), SmtpTimeouts.usual());
  }

  /**
   * A channel with authorities and deadlines of its own.
   *
   * @param trust decides which certificates are good; names are checked besides
   */
  public SmtpChannel(Clock clock, Files files, Hosts hosts, SSLSocketFactory trust, SmtpTimeouts timeouts) {
    this.clock = clock;
    this.files = files;
    this.hosts = hosts;
    this.trust = trust;
    this.timeouts = timeouts;
    this.watchdog = watchdog();
  }

  /** One thread for all deadlines; it ends by itself when no mail is under way. */
  private static ScheduledExecutorService watchdog() {
    ScheduledThreadPoolExecutor executor =
        new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().daemon().name("smtp-deadlines").factory());
    executor.setRemoveOnCancelPolicy(true);
    executor.setKeepAliveTime(10, TimeUnit.SECONDS);
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }

  @Override
  public String kind() {
    return "smtp";
  }

  @Override
  public List<Fault> check(LineSettings line) {
    return Stream.of(SmtpSettings.check(line), ImapSettings.check(line), hosts.check(line, "host", "imapHost"))
        .flatMap(List::stream).toList();
  }

  @Override
  public void send(LineSettings line, List<Outgoing> messages, BiConsumer<Outgoing, SendResult> outcome) {
    List<Fault> faults = check(line);
    if (!faults.isEmpty()) {
      for (Outgoing message : messages) {
        outcome.accept(message, lineDown("The line's settings cannot be used: " + faults.getFirst().message()));
      }
      return;
    }
    Batch batch = new Batch(SmtpSettings.of(line));
    try {
      for (Outgoing message : messages) {
        outcome.accept(message, batch.send(message));
      }
    } finally {
      batch.hangUp();
    }
  }

  private static SendResult lineDown(String words) {
    return new SendResult.TryLater(words, null, true);
  }

  /** SMTP has no way to ask what became of a message. */
  @Override
  public Reconciled reconcile(LineSettings line, Outgoing message) {
    return new Reconciled.CannotTell("A mail server cannot be asked whether it has a message.");
  }

  @Override
  public Health health(LineSettings line) {
    List<Fault> faults = check(line);
    if (!faults.isEmpty()) {
      return new Health(false, faults.getFirst().message());
    }
    SmtpConnection connection = connection(SmtpSettings.of(line));
    String trouble = connection.open();
    if (trouble != null) {
      return new Health(false, trouble);
    }
    boolean alive = connection.alive();
    connection.quit();
    return alive ? new Health(true, "") : new Health(false, "The mail server took the log-in and then did not answer.");
  }

  private SmtpConnection connection(SmtpSettings settings) {
    return new SmtpConnection(settings, timeouts, hosts, trust, watchdog);
  }

  /** The messages of one call on the connection they share. */
  private final class Batch {
    private final SmtpSettings settings;
    private @Nullable SmtpConnection connection;
    private @Nullable String trouble;

    Batch(SmtpSettings settings) {
      this.settings = settings;
    }

    SendResult send(Outgoing message) {
      String recipient = MailAddress.toAscii(message.recipient());
      if (recipient == null) {
        return new SendResult.Refused("The recipient is not an e-mail address that can be written in ASCII.", false);
      }
      if (message.attachments().isEmpty()) {
        return send(message, recipient, List.of());
      }
      withFiles.acquireUninterruptibly();
      try {
        return send(message, recipient, files.of(message));
      } catch (Files.Missing missing) {
        return missing.result();
      } finally {
        withFiles.release();
      }
    }

    private SendResult send(Outgoing message, String recipient, List<Files.File> attached) {
      SmtpMessage mail;
      try {
        mail = SmtpMessage.of(settings, message, attached, recipient, clock);
      } catch (MessagingException | IllegalArgumentException e) {
        return new SendResult.Refused("The message cannot be written as a mail: " + e.getMessage(), false);
      }
      SendResult result = send(mail, recipient);
      if (connection != null && connection.wentStale()) {
        // The server closed between two messages and never heard of this one: a new connection.
        hangUp();
        result = send(mail, recipient);
      }
      settle(result);
      return result;
    }

    private SendResult send(SmtpMessage mail, String recipient) {
      if (trouble != null) {
        return lineDown(trouble);
      }
      if (connection == null) {
        SmtpConnection fresh = connection(settings);
        trouble = fresh.open();
        if (trouble != null) {
          return lineDown(trouble);
        }
        connection = fresh;
      }
      return connection.send(mail, recipient);
    }

    /** After anything but an acceptance: can this connection carry the next message? */
    private void settle(SendResult result) {
      if (connection == null || result instanceof SendResult.Accepted) {
        return;
      }
      if (connection.overdue()) {
        trouble = "The mail server did not answer an earlier message in time.";
      }
      if (trouble != null || !connection.alive()) {
        hangUp();
      }
    }

    void hangUp() {
      if (connection != null) {
        connection.quit();
        connection = null;
      }
    }
  }
}
