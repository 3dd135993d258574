import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/** Nine webhook endpoints that answer at once, and a count of what they got: {@code GET /count}. Run with {@code java bench/Sink.java PORT}. */
final class Sink {
  public static void main(String[] args) throws Exception {
    AtomicLong got = new AtomicLong();
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(args[0])), 1_000);
    server.setExecutor(Executors.newFixedThreadPool(8));
    server.createContext("/hook", exchange -> {
      exchange.getRequestBody().readAllBytes();
      got.incrementAndGet();
      exchange.sendResponseHeaders(204, -1);
      exchange.close();
    });
    server.createContext("/count", exchange -> {
      byte[] text = Long.toString(got.get()).getBytes();
      exchange.sendResponseHeaders(200, text.length);
      exchange.getResponseBody().write(text);
      exchange.close();
    });
    server.start();
  }
}
