package org.commonshub.ledger.ipfs;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The two calls of an IPFS node's RPC API (Kubo, {@code /api/v0}) that publishing needs. */
final class IpfsApi {
  private static final String BOUNDARY = "commonshub-car-7d1c0a52";

  private final URI base;
  private final String authorization;
  private final Duration limit;

  /**
   * A node.
   *
   * @param authorization value of the header, empty for none
   * @param limit longest time of a call
   */
  IpfsApi(URI base, String authorization, Duration limit) {
    this.base = base;
    this.authorization = authorization;
    this.limit = limit;
  }

  /**
   * Sends a CAR file, has its root pinned, and makes sure that both happened.
   *
   * @throws IOException if not; the message continues "the IPFS node …"
   */
  void publish(String cid, InputStream car) throws IOException {
    ExecutorService threads =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "ledger-ipfs");
              thread.setDaemon(true);
              return thread;
            });
    try {
      HttpClient http =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .followRedirects(HttpClient.Redirect.NEVER)
              .connectTimeout(limit)
              .executor(threads)
              .build();
      imported(cid, call(http, "dag/import?pin-roots=true", car));
      pinned(cid, call(http, "pin/add?arg=" + cid, null));
    } finally {
      threads.shutdownNow();
    }
  }

  private static void imported(String cid, List<Answer.Text> answer) throws IOException {
    String problem = Answer.at(answer, "Root.PinErrorMsg");
    if (!problem.isEmpty()) {
      throw new IOException("could not pin the batch: " + printable(problem));
    }
    String root = Answer.at(answer, "Root.Cid./");
    if (!root.equals(cid)) {
      throw new IOException(
          root.isEmpty()
              ? "does not say that it took the batch"
              : "took another batch, " + printable(root));
    }
  }

  private static void pinned(String cid, List<Answer.Text> answer) throws IOException {
    if (answer.stream().noneMatch(t -> t.path().equals("Pins.") && t.value().equals(cid))) {
      throw new IOException("does not say that it keeps the batch");
    }
  }

  private List<Answer.Text> call(HttpClient http, String path, InputStream car) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(base + "/api/v0/" + path)).timeout(limit);
    if (!authorization.isEmpty()) {
      request.header("Authorization", authorization);
    }
    if (car == null) {
      request.POST(HttpRequest.BodyPublishers.noBody());
    } else {
      request
          .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
          .POST(HttpRequest.BodyPublishers.ofInputStream(() -> multipart(car)));
    }
    CompletableFuture<HttpResponse<byte[]>> sent =
        http.sendAsync(request.build(), info -> new Bounded());
    try {
      HttpResponse<byte[]> response = sent.get(limit.toMillis(), TimeUnit.MILLISECONDS);
      return texts(response);
    } catch (ExecutionException e) {
      String why = e.getCause().getMessage();
      throw new IOException(
          e.getCause() instanceof Bounded.TooLong
              ? why
              : "does not answer" + (why == null ? "" : " (" + printable(why) + ")"),
          e.getCause());
    } catch (TimeoutException e) {
      throw new IOException("does not answer within " + limit.toSeconds() + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("was not waited for: the hub stops", e);
    } finally {
      sent.cancel(true);
    }
  }

  private static List<Answer.Text> texts(HttpResponse<byte[]> response) throws IOException {
    List<Answer.Text> texts;
    try {
      texts = Answer.read(response.body());
    } catch (IOException e) {
      texts = List.of();
      if (response.statusCode() == 200) {
        throw new IOException("answers something that is not its API: check the address", e);
      }
    }
    if (response.statusCode() != 200) {
      String why = Answer.at(texts, "Message");
      throw new IOException(
          "refuses with status "
              + response.statusCode()
              + (why.isEmpty() ? "" : ": " + printable(why)));
    }
    return texts;
  }

  private static InputStream multipart(InputStream car) {
    return new SequenceInputStream(
        Collections.enumeration(
            List.of(
                text(
                    "--"
                        + BOUNDARY
                        + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"batch.car\""
                        + "\r\nContent-Type: application/vnd.ipld.car\r\n\r\n"),
                car,
                text("\r\n--" + BOUNDARY + "--\r\n"))));
  }

  private static InputStream text(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static String printable(String text) {
    return text.substring(0, Math.min(200, text.length())).replaceAll("[^\\x20-\\x7E]", "?");
  }
}
