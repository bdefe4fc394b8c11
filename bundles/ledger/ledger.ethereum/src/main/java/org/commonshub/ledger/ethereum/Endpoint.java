package org.commonshub.ledger.ethereum;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.commonshub.ledger.api.LedgerException;
import org.commonshub.platform.api.HubClock;

/**
 * One node, asked by JSON-RPC 2.0 over HTTP. An answer is at most 1 MiB and takes at most 5 s. Used
 * by one thread at a time.
 */
final class Endpoint {
  static final int MAX_ANSWER = 1 << 20;
  private static final Duration REST = Duration.ofSeconds(20);

  private final HttpClient http;
  private final URI uri;
  private final HubClock clock;
  private long id;
  private long restingUntil;
  private boolean resting;
  private long checkedAt;
  private boolean checked;

  Endpoint(HttpClient http, URI uri, HubClock clock) {
    this.http = http;
    this.uri = uri;
    this.clock = clock;
  }

  /** Host and port only: a path may hold a key. */
  String name() {
    return uri.getPort() < 0 ? uri.getHost() : uri.getHost() + ":" + uri.getPort();
  }

  /** Whether it failed a moment ago. */
  boolean resting() {
    resting = resting && clock.monotonicNanos() - restingUntil < 0;
    return resting;
  }

  /** Leaves it alone for 20 s. */
  void rest() {
    resting = true;
    checked = false;
    restingUntil = clock.monotonicNanos() + REST.toNanos();
  }

  /** Whether its chain id was looked at within the last minute. */
  boolean checked() {
    return checked && clock.monotonicNanos() - checkedAt < Duration.ofMinutes(1).toNanos();
  }

  void markChecked() {
    checked = true;
    checkedAt = clock.monotonicNanos();
  }

  /**
   * Asks.
   *
   * @throws RpcException if the node says no
   * @throws MalformedException if the answer is not JSON-RPC
   * @throws LedgerException {@code UNREACHABLE} if there is no answer
   */
  Object call(Deadline deadline, String method, List<?> params)
      throws RpcException, MalformedException, LedgerException, InterruptedException {
    byte[] request = Json.request(++id, method, params);
    return result(post(request, deadline.request()), id);
  }

  /** Reads an answer to the request with that id. */
  static Object result(byte[] answer, long id) throws RpcException, MalformedException {
    Fields fields = Fields.of(Json.parse(answer));
    if (fields.map().get("error") instanceof java.util.Map<?, ?> error) {
      String message = error.get("message") instanceof String text ? text : "no reason given";
      throw new RpcException(message, data(error.get("data")));
    }
    if (!java.math.BigInteger.valueOf(id).equals(fields.map().get("id"))) {
      throw new MalformedException("the answer is to another request");
    }
    if (!fields.map().containsKey("result")) {
      throw new MalformedException("the answer has neither result nor error");
    }
    return fields.map().get("result");
  }

  private static Optional<byte[]> data(Object data) {
    if (data instanceof String text && text.contains("0x")) {
      try {
        return Optional.of(Bytes.parse(text.substring(text.indexOf("0x"))));
      } catch (IllegalArgumentException e) {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  private byte[] post(byte[] body, Duration limit) throws LedgerException, InterruptedException {
    CompletableFuture<HttpResponse<byte[]>> answer =
        http.sendAsync(
            HttpRequest.newBuilder(uri)
                .timeout(limit)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build(),
            info -> new Bounded());
    try {
      HttpResponse<byte[]> response = answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
      // Some nodes answer errors of JSON-RPC with 4xx and a JSON body.
      if (response.statusCode() == 200
          || (response.statusCode() == 400 && response.body().length > 0)) {
        return response.body();
      }
      throw unreachable("answers HTTP status " + response.statusCode());
    } catch (ExecutionException e) {
      throw unreachable(
          e.getCause() instanceof TooLong ? "answers more than 1 MiB" : "does not answer");
    } catch (TimeoutException e) {
      throw unreachable("does not answer within " + limit.toSeconds() + " s");
    } finally {
      answer.cancel(true);
    }
  }

  private LedgerException unreachable(String what) {
    return new LedgerException(LedgerException.Kind.UNREACHABLE, name() + " " + what + ".");
  }

  private static final class TooLong extends IOException {
    private static final long serialVersionUID = 1L;
  }

  /** Collects a body up to its limit. */
  private static final class Bounded implements HttpResponse.BodySubscriber<byte[]> {
    private final CompletableFuture<byte[]> done = new CompletableFuture<>();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private Flow.Subscription subscription;

    @Override
    public CompletionStage<byte[]> getBody() {
      return done;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
      subscription = given;
      given.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
      for (ByteBuffer buffer : buffers) {
        if (body.size() + buffer.remaining() > MAX_ANSWER) {
          subscription.cancel();
          done.completeExceptionally(new TooLong());
          return;
        }
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        body.writeBytes(bytes);
      }
    }

    @Override
    public void onError(Throwable problem) {
      done.completeExceptionally(problem);
    }

    @Override
    public void onComplete() {
      done.complete(body.toByteArray());
    }
  }
}
