package org.commonshub.apps.catalogue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * HTTP with a bound on everything: bytes, redirects (none), and slowness. Whoever sends less than
 * the lowest rate for a window is hung up on. One request at a time.
 */
final class HttpTransport implements Transport {
  private final Duration window;
  private final long perWindow;
  private final ThreadPoolExecutor threads;
  private final HttpClient client;
  private volatile CompletableFuture<?> current = CompletableFuture.completedFuture(null);

  /**
   * Opens nothing yet.
   *
   * @param window over which the rate is taken
   * @param perWindow bytes that have to come in a window
   */
  HttpTransport(Duration window, long perWindow) {
    this.window = window;
    this.perWindow = perWindow;
    threads =
        new ThreadPoolExecutor(
            2,
            2,
            5,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(64),
            task -> {
              Thread thread = new Thread(task, "apps-catalogue-http");
              thread.setDaemon(true);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
    client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(Duration.ofSeconds(10))
            .executor(threads)
            .build();
  }

  @Override
  public Optional<byte[]> get(URI address, int max) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    return fetch(address, max, bytes) ? Optional.of(bytes.toByteArray()) : Optional.empty();
  }

  @Override
  public void download(URI address, long length, Path file) throws IOException {
    try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        OutputStream out = Channels.newOutputStream(channel)) {
      if (!fetch(address, length, out)) {
        throw new IOException(address.getHost() + " does not have the package");
      }
      channel.force(true);
    }
  }

  /** Fetches into a stream; false if there is none. */
  private boolean fetch(URI address, long max, OutputStream out) throws IOException {
    Bounded body = new Bounded(max, out);
    HttpRequest request =
        HttpRequest.newBuilder(address)
            .header("Accept", "*/*")
            .header("Cache-Control", "no-cache")
            .GET()
            .build();
    CompletableFuture<HttpResponse<Boolean>> answer =
        client.sendAsync(
            request,
            info ->
                info.statusCode() == 200 ? body : HttpResponse.BodySubscribers.replacing(false));
    current = answer;
    try {
      HttpResponse<Boolean> got = await(answer, body.count, address);
      if (got.statusCode() == 404 || got.statusCode() == 403) {
        return false;
      }
      if (got.statusCode() != 200) {
        throw new IOException(address.getHost() + " answered with status " + got.statusCode());
      }
      return true;
    } finally {
      answer.cancel(true);
      body.cancel();
    }
  }

  private HttpResponse<Boolean> await(
      CompletableFuture<HttpResponse<Boolean>> answer, AtomicLong count, URI address)
      throws IOException {
    try {
      for (long before = 0; ; ) {
        try {
          return answer.get(window.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
          long now = count.get();
          if (now - before < perWindow) {
            throw new IOException(
                address.getHost()
                    + " is too slow: "
                    + (now - before)
                    + " bytes in "
                    + window.toSeconds()
                    + " s",
                e);
          }
          before = now;
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw new IOException(address.getHost() + ": " + io.getMessage(), io);
      }
      throw new IOException(e.getCause());
    } catch (CancellationException e) {
      throw new IOException("stopped", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("stopped", e);
    }
  }

  @Override
  public void close() {
    current.cancel(true);
    threads.shutdownNow();
  }

  /** Hands on a body of at most so many bytes, and hangs up on more. */
  private static final class Bounded implements HttpResponse.BodySubscriber<Boolean> {
    private final CompletableFuture<Boolean> whole = new CompletableFuture<>();
    private final AtomicLong count = new AtomicLong();
    private final long max;
    private final OutputStream out;
    private volatile Flow.Subscription subscription;

    Bounded(long max, OutputStream out) {
      this.max = max;
      this.out = out;
    }

    void cancel() {
      Flow.Subscription made = subscription;
      if (made != null) {
        made.cancel();
      }
    }

    @Override
    public CompletionStage<Boolean> getBody() {
      return whole;
    }

    @Override
    public void onSubscribe(Flow.Subscription made) {
      subscription = made;
      made.request(1);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
      try {
        for (ByteBuffer buffer : buffers) {
          if (count.addAndGet(buffer.remaining()) > max) {
            throw new IOException("sent more than the " + max + " bytes that are allowed");
          }
          byte[] bytes = new byte[buffer.remaining()];
          buffer.get(bytes);
          out.write(bytes);
        }
        subscription.request(1);
      } catch (IOException e) {
        subscription.cancel();
        whole.completeExceptionally(e);
      }
    }

    @Override
    public void onError(Throwable error) {
      whole.completeExceptionally(error);
    }

    @Override
    public void onComplete() {
      whole.complete(true);
    }
  }
}
