package tuco.contract;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import tuco.http.Json;

/** An endpoint for webhooks: {@code /ok} answers 200, {@code /bad} 502, and both keep what they were told. */
final class Hook implements AutoCloseable {
  private final List<JsonNode> bodies = new CopyOnWriteArrayList<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpServer server;

  Hook() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(threads);
    server.createContext("/", exchange -> {
      bodies.add(Json.parse(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
      boolean good = exchange.getRequestURI().getPath().equals("/ok");
      byte[] answer = (good ? "thanks" : "upstream").getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(good ? 200 : 502, answer.length);
      exchange.getResponseBody().write(answer);
      exchange.close();
    });
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** The first of these events that a workspace told; missing while there is none. */
  JsonNode told(String workspace, String event) {
    return bodies.stream()
        .filter(body -> body.path("workspaceId").asText().equals(workspace) && body.path("event").asText().equals(event))
        .findFirst().orElse(MissingNode.getInstance());
  }

  @Override
  public void close() {
    server.stop(0);
    threads.close();
  }
}
