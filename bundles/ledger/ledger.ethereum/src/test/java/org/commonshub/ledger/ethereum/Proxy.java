package org.commonshub.ledger.ethereum;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Stands between client and node: cuts the line, or changes what the node says. */
final class Proxy implements AutoCloseable {
  /** Changes an answer. */
  interface Lie {
    String tell(String method, String request, String answer);
  }

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final URI node;
  private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
  private volatile boolean cut;
  private volatile Lie lie = (method, request, answer) -> answer;

  Proxy(URI node) throws IOException {
    this.node = node;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  void cut(boolean off) {
    cut = off;
  }

  void lie(Lie told) {
    lie = told;
  }

  /** Methods that were asked for. */
  List<String> asked() {
    return asked;
  }

  private void handle(HttpExchange exchange) throws IOException {
    try {
      byte[] request = exchange.getRequestBody().readAllBytes();
      if (cut) {
        return;
      }
      String text = new String(request, StandardCharsets.UTF_8);
      String method = text.replaceAll(".*\"method\":\"([A-Za-z_]+)\".*", "$1");
      asked.add(method);
      HttpResponse<String> answer =
          Setup.HTTP.send(
              HttpRequest.newBuilder(node)
                  .header("Content-Type", "application/json")
                  .POST(HttpRequest.BodyPublishers.ofByteArray(request))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      byte[] body = lie.tell(method, text, answer.body()).getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(answer.statusCode(), body.length);
      exchange.getResponseBody().write(body);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      exchange.close();
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
