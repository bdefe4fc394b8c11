package org.commonshub.apps.catalogue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** A web server on loopback that offers a folder, and misbehaves where it is told to. */
final class WebServer implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Map<String, HttpHandler> odd = new ConcurrentHashMap<>();
  final List<String> asked = new CopyOnWriteArrayList<>();
  volatile Path folder;

  WebServer(Path folder) throws IOException {
    this.folder = folder;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::serve);
    server.start();
  }

  URI metadata() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/metadata/");
  }

  private void serve(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath().substring(1);
    asked.add(path);
    HttpHandler handler = odd.get(path);
    try (exchange) {
      if (handler != null) {
        handler.handle(exchange);
      } else if (path.contains("..") || !Files.isRegularFile(folder.resolve(path))) {
        exchange.sendResponseHeaders(404, -1);
      } else {
        answer(exchange, Files.readAllBytes(folder.resolve(path)));
      }
    }
  }

  private static void answer(HttpExchange exchange, byte[] body) throws IOException {
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
  }

  void well() {
    odd.clear();
  }

  void bytes(String path, byte[] body) {
    odd.put(path, exchange -> answer(exchange, body));
  }

  void status(String path, int status) {
    odd.put(path, exchange -> exchange.sendResponseHeaders(status, -1));
  }

  void redirect(String path, String to) {
    odd.put(
        path,
        exchange -> {
          exchange.getResponseHeaders().add("Location", to);
          exchange.sendResponseHeaders(302, -1);
        });
  }

  /** Begins with that and never ends. */
  void endless(String path, byte[] start) {
    odd.put(
        path,
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          OutputStream out = exchange.getResponseBody();
          out.write(start);
          byte[] more = new byte[8192];
          java.util.Arrays.fill(more, (byte) ' ');
          while (closed.getCount() > 0) {
            out.write(more);
          }
        });
  }

  /** One byte now and then. */
  void trickle(String path, byte[] body) {
    odd.put(
        path,
        exchange -> {
          exchange.sendResponseHeaders(200, body.length);
          for (byte one : body) {
            exchange.getResponseBody().write(one);
            exchange.getResponseBody().flush();
            pause(50);
          }
        });
  }

  /** Takes the question and says nothing. */
  void silent(String path) {
    odd.put(path, exchange -> pause(60_000));
  }

  private void pause(long millis) throws IOException {
    try {
      if (closed.await(millis, TimeUnit.MILLISECONDS)) {
        throw new IOException("closed");
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
