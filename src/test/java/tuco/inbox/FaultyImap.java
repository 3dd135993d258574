package tuco.inbox;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An IMAP server in front of another: it refuses to give the first mail, as servers do with a damaged store. */
final class FaultyImap implements AutoCloseable {
  private static final Pattern WHOLE_FIRST = Pattern.compile("(\\S+) FETCH 1 .*BODY\\.PEEK\\[\\].*");

  private final ServerSocket server;
  private final int behind;

  FaultyImap(int behind) {
    this.behind = behind;
    try {
      server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        Socket near = server.accept();
        Socket far = new Socket(InetAddress.getLoopbackAddress(), behind);
        Thread.ofVirtual().start(() -> ask(near, far));
        Thread.ofVirtual().start(() -> answer(far, near));
      }
    } catch (IOException closed) {
      // The test is over.
    }
  }

  private static void ask(Socket near, Socket far) {
    try (near; far; BufferedReader lines = new BufferedReader(new InputStreamReader(near.getInputStream(), StandardCharsets.ISO_8859_1))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Matcher refused = WHOLE_FIRST.matcher(line);
        boolean refuses = refused.matches();
        write(refuses ? near : far, refuses ? refused.group(1) + " NO [SERVERBUG] it cannot be read" : line);
      }
    } catch (IOException e) {
      // Either end was closed, and with it both.
    }
  }

  private static void write(Socket to, String line) throws IOException {
    OutputStream out = to.getOutputStream();
    out.write((line + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  private static void answer(Socket from, Socket to) {
    try (from; to) {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException e) {
      // Either end was closed, and with it both.
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
