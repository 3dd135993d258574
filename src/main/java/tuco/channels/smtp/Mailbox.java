package tuco.channels.smtp;

import jakarta.mail.FetchProfile;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.UIDFolder;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.search.ComparisonTerm;
import jakarta.mail.search.ReceivedDateTerm;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Date;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.angus.mail.imap.IMAPFolder;
import org.eclipse.angus.mail.imap.IMAPMessage;
import org.eclipse.angus.mail.imap.IMAPStore;
import org.jspecify.annotations.Nullable;

/** One open connection to a mailbox. Reads only: no mail is marked, moved or deleted. Belongs to one thread. */
public final class Mailbox implements AutoCloseable {
  /** A mail that is larger is read without its files. */
  private static final int LARGEST = 40 * 1024 * 1024;

  /** A mail that is larger takes one of the node's few places for such, for a while at most. */
  private static final int LARGE = 1024 * 1024;

  /** No mail is under way for longer. */
  private static final Duration LONGEST_WAY = Duration.ofDays(30);

  private static final Duration LARGE_TIME = Duration.ofMinutes(3);

  private final IMAPStore store;
  private final IMAPFolder folder;
  private final Clock clock;
  private final Semaphore large;
  private final Socket socket;
  /** How many mails there were at the last look; a difference means that the server has told of something since. */
  private int seen;

  Mailbox(IMAPStore store, IMAPFolder folder, Clock clock, Semaphore large, Socket socket) {
    this.store = store;
    this.folder = folder;
    this.clock = clock;
    this.large = large;
    this.socket = socket;
  }

  /** Under which the numbers of mails count; when it changes they are void (RFC 9051, 2.3.1.1). */
  public long uidValidity() throws MessagingException {
    return folder.getUIDValidity();
  }

  /**
   * The number of the last mail that is there, 0 in an empty mailbox. Not by the number that the server says is next: the one
   * before that may belong to a mail that is only being put there.
   */
  public long lastUid() throws MessagingException {
    int count = folder.getMessageCount();
    return count == 0 ? 0 : folder.getUID(folder.getMessage(count));
  }

  /** The numbers of the mails after this one, in their order. */
  public List<Long> after(long uid) throws MessagingException {
    seen = folder.getMessageCount();
    // An empty range is answered with the last mail there is.
    return uids(folder.getMessagesByUID(uid + 1, UIDFolder.LASTUID)).stream().filter(each -> each > uid).toList();
  }

  /** The numbers of the mails that came in since then, to the second, in their order. */
  public List<Long> since(Instant time) throws MessagingException {
    seen = folder.getMessageCount();
    // Servers search by days, of a zone of their own; the time itself is compared here.
    Message[] found = folder.search(new ReceivedDateTerm(ComparisonTerm.GE, Date.from(time.minus(Duration.ofDays(1)))));
    FetchProfile times = new FetchProfile();
    times.add(FetchProfile.Item.ENVELOPE);
    folder.fetch(found, times);
    Instant second = time.truncatedTo(ChronoUnit.SECONDS);
    Instant longBefore = time.minus(LONGEST_WAY);
    List<Message> since = new ArrayList<>();
    for (Message message : found) {
      Date received = message.getReceivedDate();
      Date sent = message.getSentDate();
      // A mailbox that was moved to another server may have come in today, all of it.
      boolean moved = sent != null && sent.toInstant().isBefore(longBefore);
      if (!moved && (received == null || !received.toInstant().isBefore(second))) {
        since.add(message);
      }
    }
    return uids(since.toArray(Message[]::new));
  }

  private List<Long> uids(Message[] messages) throws MessagingException {
    FetchProfile numbers = new FetchProfile();
    numbers.add(UIDFolder.FetchProfileItem.UID);
    folder.fetch(messages, numbers);
    List<Long> uids = new ArrayList<>();
    for (Message message : messages) {
      if (message != null) {
        uids.add(folder.getUID(message));
      }
    }
    uids.sort(Comparator.naturalOrder());
    return uids;
  }

  /** What can be had of a mail that the server cannot give; null when it is gone. */
  public @Nullable IncomingMail headers(long uid) throws MessagingException {
    Message message = folder.getMessageByUID(uid);
    return message instanceof IMAPMessage mail && !mail.isExpunged()
        ? read(mail, uid, headersOnly(mail, "(The mail server could not give this mail. It is still in the mailbox.)")) : null;
  }

  /** Reads a mail; null when it is gone. */
  public @Nullable IncomingMail read(long uid) throws MessagingException, InterruptedException {
    Message message = folder.getMessageByUID(uid);
    if (!(message instanceof IMAPMessage mail) || mail.isExpunged()) {
      return null;
    }
    if (mail.getSize() > LARGEST) {
      return read(mail, uid, headersOnly(mail, "(This mail was too large to be read.)"));
    }
    if (mail.getSize() <= LARGE) {
      return read(mail, uid, mail.getMimeStream());
    }
    large.acquire();
    Thread alarm = Thread.ofVirtual().start(this::hangUpInTime);
    try {
      return read(mail, uid, mail.getMimeStream());
    } finally {
      alarm.interrupt();
      large.release();
    }
  }

  /** A server that trickles must not keep a place from everybody else. */
  private void hangUpInTime() {
    try {
      TimeUnit.NANOSECONDS.sleep(LARGE_TIME.toNanos());
      socket.close();
    } catch (InterruptedException read) {
      Thread.currentThread().interrupt();
    } catch (IOException closed) {
      // Closed is what it was to be.
    }
  }

  private IncomingMail read(IMAPMessage mail, long uid, InputStream content) throws MessagingException {
    Date received = mail.getReceivedDate();
    Instant now = clock.instant();
    Instant at = received == null || received.toInstant().isAfter(now) ? now : received.toInstant();
    try (InputStream bytes = content) {
      // Read whole here, so that a broken connection is told from a broken mail.
      byte[] whole = bytes.readAllBytes();
      if (whole.length == 0) {
        // What a server refuses to give, the library takes for an empty mail.
        throw new MessagingException("the server did not give the mail");
      }
      return MailParser.parse(new MimeMessage(null, new ByteArrayInputStream(whole)), uid, at);
    } catch (IOException e) {
      throw new MessagingException("the mail could not be fetched", e);
    } finally {
      mail.invalidateHeaders();
    }
  }

  private static InputStream headersOnly(IMAPMessage mail, String words) throws MessagingException {
    StringBuilder text = new StringBuilder();
    mail.getAllHeaderLines().asIterator().forEachRemaining(line -> {
      if (!line.toLowerCase(java.util.Locale.ROOT).startsWith("content-")) {
        text.append(line).append("\r\n");
      }
    });
    text.append("\r\n").append(words).append("\r\n");
    return new ByteArrayInputStream(text.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  /**
   * Waits until the server tells of something, for this long at most: by IDLE where it has that (RFC 2177), else by
   * asking once. A connection that has gone dead is noticed at the end of the time.
   */
  public void awaitNews(Duration most) throws MessagingException, InterruptedException {
    if (folder.getMessageCount() != seen) {
      // Told with the answer to another command, and so not once more while we wait.
      return;
    }
    if (!store.hasCapability("IDLE")) {
      TimeUnit.NANOSECONDS.sleep(most.toNanos());
      folder.getMessageCount();
      return;
    }
    // Whoever is first: news, or the alarm. An alarm that rings must not be interrupted, that would break the connection.
    AtomicBoolean over = new AtomicBoolean();
    Thread alarm = Thread.ofVirtual().start(() -> {
      try {
        TimeUnit.NANOSECONDS.sleep(most.toNanos());
        if (over.compareAndSet(false, true)) {
          // Any command ends the wait.
          folder.getMessageCount();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (MessagingException e) {
        // The connection is gone, and the waiting thread hears of it itself.
      }
    });
    try {
      folder.idle(true);
    } finally {
      if (over.compareAndSet(false, true)) {
        alarm.interrupt();
      }
      alarm.join();
    }
  }

  /** Ends the connection; a thread that waits for news comes back with an error. */
  @Override
  public void close() throws MessagingException {
    store.close();
  }
}
