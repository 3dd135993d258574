package tuco.channels.smtp;

import jakarta.mail.Folder;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import java.net.Socket;
import java.time.Clock;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.angus.mail.imap.IMAPFolder;
import org.eclipse.angus.mail.imap.IMAPStore;
import tuco.channels.Hosts;

/** How this node connects to mailboxes: only where it may, and with memory for a few large mails at a time. */
public final class Mailboxes {
  /** Large mails in memory at one time, whoever gets them. */
  private static final int LARGE = 2;

  private final Hosts hosts;
  private final Clock clock;
  private final Semaphore large = new Semaphore(LARGE);

  public Mailboxes(Hosts hosts, Clock clock) {
    this.hosts = hosts;
    this.clock = clock;
  }

  /** Connects, signs in and opens the folder to read. */
  public Mailbox open(ImapSettings settings) throws MessagingException {
    String protocol = settings.tls() == ImapSettings.Tls.TLS ? "imaps" : "imap";
    AtomicReference<Socket> socket = new AtomicReference<>();
    IMAPStore store = (IMAPStore) Session.getInstance(properties(settings, "mail." + protocol + ".", socket)).getStore(protocol);
    try {
      store.connect(settings.host(), settings.port(), settings.user(), settings.password());
      IMAPFolder folder = (IMAPFolder) store.getFolder(settings.folder());
      folder.open(Folder.READ_ONLY);
      return new Mailbox(store, folder, clock, large, Objects.requireNonNull(socket.get()));
    } catch (MessagingException | RuntimeException e) {
      store.close();
      throw e;
    }
  }

  private Properties properties(ImapSettings settings, String prefix, AtomicReference<Socket> socket) {
    Properties properties = new Properties();
    properties.put(prefix + "socketFactory", hosts.sockets(socket::set));
    // Without this a refused address would be connected to by a plain socket.
    properties.put(prefix + "socketFactory.fallback", "false");
    properties.put(prefix + "connectiontimeout", "15000");
    // Longer than a pause between two commands, waiting for news included: see Mailbox.awaitNews.
    properties.put(prefix + "timeout", "90000");
    properties.put(prefix + "writetimeout", "60000");
    properties.put(prefix + "peek", "true");
    properties.put(prefix + "ssl.checkserveridentity", "true");
    properties.put(prefix + "starttls.enable", Boolean.toString(settings.tls() == ImapSettings.Tls.STARTTLS));
    properties.put(prefix + "starttls.required", Boolean.toString(settings.tls() == ImapSettings.Tls.STARTTLS));
    properties.put(prefix + "fetchsize", "262144");
    return properties;
  }
}
