package org.commonshub.testing.tck;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.commonshub.apps.api.AppHttp;
import org.commonshub.apps.api.AppQuotaException;
import org.commonshub.privacy.api.EnergyData;

/**
 * Hosts outside that answer as a test says. What the hub would not send is refused here as well:
 * hosts that were not granted, methods and headers that are not on the list, bodies too large, more
 * than the day's quota.
 */
public final class HarnessHttp implements AppHttp {
  private static final int MOST = 4;
  private static final Set<String> HEADERS =
      Set.of("accept", "authorization", "content-type", "if-none-match", "if-modified-since");

  /** What a host does with a request. */
  @FunctionalInterface
  public interface Host {
    /**
     * Answers.
     *
     * @throws IOException if there is to be no answer
     */
    Response answer(Request request) throws IOException;
  }

  private record Route(String begin, Host host) {}

  private final AppHarness harness;
  private final List<Route> routes = new ArrayList<>();
  private final List<Request> sent = new ArrayList<>();
  private int under;
  private long day = Long.MIN_VALUE;
  private long bytes;

  HarnessHttp(AppHarness harness) {
    this.harness = harness;
  }

  /** Answers 200 with a body to every URI that begins so; what is said last counts. */
  public HarnessHttp answer(String begin, String body) {
    return answer(begin, request -> response(200, body));
  }

  /** Answers every URI that begins so; what is said last counts. */
  public HarnessHttp answer(String begin, Host host) {
    routes.add(0, new Route(begin, host));
    return this;
  }

  /** From now on nobody answers that URI and those below it. */
  public HarnessHttp fail(String begin) {
    return answer(
        begin,
        request -> {
          throw new IOException(request.uri().getHost() + " does not answer.");
        });
  }

  /** An answer in UTF-8. */
  public static Response response(int status, String body) {
    return new Response(status, Map.of(), body.getBytes(StandardCharsets.UTF_8));
  }

  /** What was sent, oldest first. */
  public List<Request> sent() {
    return List.copyOf(sent);
  }

  @Override
  public CompletionStage<Response> send(Request request) {
    CompletableFuture<Response> answer = new CompletableFuture<>();
    Optional<Exception> refusal = refusal(request);
    if (refusal.isPresent()) {
      harness.later(() -> answer.completeExceptionally(refusal.get()));
      return answer;
    }
    under++;
    sent.add(request);
    harness.later(
        () -> {
          under--;
          try {
            Response response = ask(request);
            if (response.body().length > MAX_RECEIVED) {
              throw new IOException("The answer is larger than 1 MiB.");
            }
            bytes += response.body().length;
            answer.complete(response);
          } catch (IOException e) {
            answer.completeExceptionally(e);
          }
        });
    return answer;
  }

  private Response ask(Request request) throws IOException {
    for (Route route : routes) {
      if (request.uri().toString().startsWith(route.begin())) {
        return route.host().answer(request);
      }
    }
    throw new IOException("The test has no answer to " + request.uri() + ".");
  }

  private Optional<Exception> refusal(Request request) {
    URI uri = request.uri();
    String host = uri.getHost();
    if (!"https".equals(uri.getScheme())
        || host == null
        || uri.getUserInfo() != null
        || uri.getFragment() != null
        || uri.getPort() != -1 && uri.getPort() != 443
        || uri.toString().length() > 2048) {
      return Optional.of(new IOException("An address is https://HOST/…, without user or fragment"));
    }
    if (harness.licence().degraded()
        || harness.manifest().hosts().stream().noneMatch(h -> h.host().equals(host))
        || !harness.granted(host)) {
      return Optional.of(new SecurityException(host + " was not granted"));
    }
    for (EnergyData.Grant grant : harness.energy().grants()) {
      if (grant.state() == EnergyData.Grant.State.OPEN
          && !grant.terms().hosts().map(hosts -> hosts.contains(host)).orElse(true)) {
        return Optional.of(
            new SecurityException("the app holds data that may not be sent to " + host));
      }
    }
    if (!Set.of("GET", "POST", "PUT").contains(request.method())) {
      return Optional.of(new IOException("Only GET, POST and PUT, not " + request.method()));
    }
    for (String name : request.headers().keySet()) {
      String lower = name.toLowerCase(Locale.ROOT);
      if (!HEADERS.contains(lower) && !lower.startsWith("x-") || request.headers().size() > 16) {
        return Optional.of(new IOException("The header " + name + " is not sent"));
      }
    }
    if (request.body().length > MAX_SENT) {
      return Optional.of(new IOException("A body has at most 64 KiB"));
    }
    long today = harness.clock().now().getEpochSecond() / 86_400;
    if (today != day) {
      day = today;
      bytes = 0;
    }
    bytes += request.body().length;
    if (bytes > harness.manifest().resources().networkKbPerDay() * 1024L) {
      return Optional.of(new AppQuotaException("the manifest's network_kb_per_day is used up"));
    }
    return under >= MOST
        ? Optional.of(new IOException("4 requests are under way already"))
        : Optional.empty();
  }
}
