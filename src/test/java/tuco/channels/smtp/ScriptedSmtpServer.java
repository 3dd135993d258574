package tuco.channels.smtp;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * A mail server that does what a test tells it, faults included. Steps are named by the command
 * they answer, besides {@code CONNECT} and {@code DOT}, the end of the message. It knows no
 * {@code nobody@…}.
 */
public final class ScriptedSmtpServer implements AutoCloseable {
  /** Closes the connection instead of answering. */
  static final String DROP = "drop";

  /** Never answers. */
  public static final String HANG = "hang";

  /** Closes the connection in the middle of the message, after an answer to DATA. */
  static final String DROP_IN_BODY = "drop in body";

  private final ServerSocket server;
  private final Map<String, Deque<String>> script = new ConcurrentHashMap<>();
  private final List<Socket> open = new CopyOnWriteArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final AtomicInteger connections = new AtomicInteger();
  private final List<String> commands = new CopyOnWriteArrayList<>();
  private final List<String> messages = new CopyOnWriteArrayList<>();
  private final @Nullable SSLContext tls;
  private volatile Duration pace = Duration.ZERO;
  private volatile List<String> extensions = List.of("ENHANCEDSTATUSCODES");

  public ScriptedSmtpServer() throws IOException {
    this(null);
  }

  /** A server that can switch to TLS after STARTTLS. */
  public ScriptedSmtpServer(@Nullable SSLContext tls) throws IOException {
    this.tls = tls;
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  /** Answers the next times that {@code step} is reached, in this order, then normally again. */
  public ScriptedSmtpServer on(String step, String... answers) {
    script.computeIfAbsent(step, s -> new ArrayDeque<>()).addAll(List.of(answers));
    return this;
  }

  public ScriptedSmtpServer announcing(String... announced) {
    extensions = List.of(announced);
    return this;
  }

  /** Takes this long over each message before it answers the final dot. */
  public ScriptedSmtpServer taking(Duration each) {
    pace = each;
    return this;
  }

  public int port() {
    return server.getLocalPort();
  }

  int connections() {
    return connections.get();
  }

  /** Every command line, in order. */
  public List<String> commands() {
    return commands;
  }

  /** Every message whose final dot arrived, with the dots unstuffed. */
  public List<String> messages() {
    return messages;
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = server.accept();
        connections.incrementAndGet();
        open.add(socket);
        Thread.ofVirtual().start(() -> converse(socket));
      }
    } catch (IOException stopped) {
      closed.countDown();
    }
  }

  private void converse(Socket socket) {
    try (socket) {
      Talk talk = new Talk(socket);
      if (!talk.answer("CONNECT", "220 scripted.example.com ready")) {
        return;
      }
      String line = talk.in.readLine();
      while (line != null && talk.obey(line)) {
        line = talk.in.readLine();
      }
    } catch (IOException clientGone) {
      // A client that aborts is part of many tests.
    }
  }

  /** One connection. */
  private final class Talk {
    private Socket socket;
    private BufferedReader in;
    private OutputStream out;

    Talk(Socket socket) throws IOException {
      this.socket = socket;
      this.in = reader(socket);
      this.out = socket.getOutputStream();
    }

    private BufferedReader reader(Socket from) throws IOException {
      return new BufferedReader(new InputStreamReader(from.getInputStream(), StandardCharsets.ISO_8859_1));
    }

    boolean obey(String line) throws IOException {
      commands.add(line);
      String verb = line.split(" ", 2)[0].toUpperCase(Locale.ROOT);
      return switch (verb) {
        case "EHLO" -> answer(verb, hello());
        case "STARTTLS" -> startTls();
        case "AUTH" -> answer(verb, "235 2.7.0 welcome");
        case "RCPT" -> answer(verb, line.contains("<nobody@") ? "550 5.1.1 no such user" : "250 2.1.5 ok");
        case "DATA" -> data();
        case "QUIT" -> {
          answer(verb, "221 2.0.0 bye");
          yield false;
        }
        default -> answer(verb, "250 2.0.0 ok");
      };
    }

    private String hello() {
      List<String> lines = new ArrayList<>();
      lines.add("250-scripted.example.com");
      extensions.forEach(extension -> lines.add("250-" + extension));
      lines.add("250 OK");
      return String.join("\r\n", lines);
    }

    private boolean startTls() throws IOException {
      if (!answer("STARTTLS", "220 2.0.0 go on")) {
        return false;
      }
      if (tls == null) {
        return false;
      }
      SSLSocket secure = (SSLSocket) tls.getSocketFactory().createSocket(socket, null, true);
      secure.startHandshake();
      socket = secure;
      in = reader(secure);
      out = secure.getOutputStream();
      commands.add("(TLS)");
      return true;
    }

    private boolean data() throws IOException {
      String answer = next("DATA", "354 go on");
      if (answer.equals(DROP_IN_BODY)) {
        say("354 go on");
        in.readLine();
        return false;
      }
      if (!say(answer)) {
        return false;
      }
      if (!answer.startsWith("354")) {
        return true;
      }
      StringBuilder message = new StringBuilder();
      String line = in.readLine();
      while (line != null && !line.equals(".")) {
        message.append(line.startsWith(".") ? line.substring(1) : line).append("\r\n");
        line = in.readLine();
      }
      if (line == null) {
        return false;
      }
      messages.add(message.toString());
      LockSupport.parkNanos(pace.toNanos());
      return answer("DOT", "250 2.0.0 queued as TEST" + messages.size());
    }

    boolean answer(String step, String usual) throws IOException {
      return say(next(step, usual));
    }

    private boolean say(String answer) throws IOException {
      if (answer.equals(DROP)) {
        return false;
      }
      if (answer.equals(HANG)) {
        awaitClose();
        return false;
      }
      out.write((answer + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
      return !answer.startsWith("421");
    }
  }

  private String next(String step, String usual) {
    Deque<String> answers = script.get(step);
    if (answers == null) {
      return usual;
    }
    synchronized (answers) {
      String answer = answers.poll();
      return answer == null ? usual : answer;
    }
  }

  private void awaitClose() {
    try {
      closed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    try {
      server.close();
      for (Socket socket : open) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
