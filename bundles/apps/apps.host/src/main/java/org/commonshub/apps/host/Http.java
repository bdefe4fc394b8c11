package org.commonshub.apps.host;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import javax.net.ssl.SSLSocket;
import org.commonshub.apps.api.AppHttp;
import org.commonshub.apps.api.AppQuotaException;

/** HTTPS of one app. Any thread. */
final class Http implements AppHttp {
  /** Requests at a time. */
  static final int MOST = 4;

  /** Requests in a minute. */
  static final int PER_MINUTE = 60;

  /** Longest time of a request. */
  static final long DEADLINE_NANOS = 30_000_000_000L;

  private static final long MINUTE_NANOS = 60_000_000_000L;
  private static final int URI_LENGTH = 2048;
  private static final int HEADERS = 16;
  private static final int HEADER_LENGTH = 2048;
  private static final Set<String> METHODS = Set.of("GET", "POST", "PUT");
  private static final Set<String> NAMES =
      Set.of("accept", "authorization", "content-type", "if-none-match", "if-modified-since");
  private static final Pattern EXTENSION = Pattern.compile("x-[a-z0-9-]{1,60}");

  private final String name;
  private final Outside outside;
  private final Function<String, Optional<String>> refusal;
  private final long quota;
  private final Agenda agenda;
  private final Machine machine;
  private final AppThread thread;
  private final Day day;
  private final Runnable alive;
  private final Set<Exchange> running = new HashSet<>();
  private ThreadPoolExecutor threads;
  private long minute;
  private int inMinute;
  private boolean closed;

  /**
   * @param refusal why nothing may be sent to a host, for people
   * @param quota bytes a day, both ways
   */
  Http(
      String name,
      Outside outside,
      Function<String, Optional<String>> refusal,
      long quota,
      Agenda agenda,
      Machine machine,
      AppThread thread,
      Day day,
      Runnable alive) {
    this.name = name;
    this.outside = outside;
    this.refusal = refusal;
    this.quota = quota;
    this.agenda = agenda;
    this.machine = machine;
    this.thread = thread;
    this.day = day;
    this.alive = alive;
    this.minute = agenda.now();
  }

  @Override
  public CompletionStage<Response> send(Request request) {
    alive.run();
    Objects.requireNonNull(request, "request");
    Exchange exchange;
    try {
      String host = host(request.uri());
      Optional<String> no = refusal.apply(host);
      if (no.isPresent()) {
        throw new SecurityException(no.get());
      }
      exchange = new Exchange(host, head(host, request), request.body());
      begin(exchange);
    } catch (IOException | SecurityException | AppQuotaException e) {
      CompletableFuture<Response> answer = new CompletableFuture<>();
      thread.execute(() -> answer.completeExceptionally(e));
      return answer;
    }
    return exchange.answer;
  }

  /** The host of an address, if it is one that apps may write. */
  static String host(URI uri) throws IOException {
    String authority = uri.getRawAuthority();
    String host = uri.getHost();
    if (!"https".equals(uri.getScheme())
        || authority == null
        || host == null
        || uri.getRawFragment() != null
        || !authority.equals(host) && !authority.equals(host + ":443")) {
      throw new IOException("An address is https://HOST/…, without user, other port or fragment.");
    }
    if (uri.toString().length() > URI_LENGTH) {
      throw new IOException("An address has at most " + URI_LENGTH + " characters.");
    }
    return host.toLowerCase(Locale.ROOT);
  }

  private static byte[] head(String host, Request request) throws IOException {
    byte[] body = request.body();
    if (!METHODS.contains(request.method())) {
      throw new IOException("Apps send GET, POST and PUT only.");
    }
    if (body.length > MAX_SENT || request.method().equals("GET") && body.length > 0) {
      throw new IOException("A body has at most 64 KiB, and that of a GET nothing.");
    }
    if (request.headers().size() > HEADERS) {
      throw new IOException("A request has at most " + HEADERS + " headers.");
    }
    URI uri = URI.create(request.uri().toASCIIString());
    String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    StringBuilder head = new StringBuilder(512);
    head.append(request.method()).append(' ').append(path);
    if (uri.getRawQuery() != null) {
      head.append('?').append(uri.getRawQuery());
    }
    head.append(" HTTP/1.1\r\nHost: ").append(host).append("\r\n");
    Set<String> seen = new HashSet<>();
    for (Map.Entry<String, String> header : request.headers().entrySet()) {
      String lower = header.getKey().toLowerCase(Locale.ROOT);
      if (!NAMES.contains(lower) && !EXTENSION.matcher(lower).matches() || !seen.add(lower)) {
        throw new IOException("The header " + Log.plain(header.getKey(), 64) + " is not sent.");
      }
      String value = header.getValue();
      if (value.length() > HEADER_LENGTH
          || !value.chars().allMatch(c -> c >= ' ' && c < 0x7f || c == '\t')) {
        throw new IOException("The value of the header " + lower + " is not sent.");
      }
      head.append(lower).append(": ").append(value).append("\r\n");
    }
    if (!request.method().equals("GET")) {
      head.append("content-length: ").append(body.length).append("\r\n");
    }
    head.append(
        "accept-encoding: identity\r\nuser-agent: commons-hub\r\nconnection: close\r\n\r\n");
    return head.toString().getBytes(StandardCharsets.US_ASCII);
  }

  private void begin(Exchange exchange) throws IOException {
    synchronized (this) {
      if (closed) {
        throw new IOException("The app has ended.");
      }
      long now = agenda.now();
      if (now - minute >= MINUTE_NANOS) {
        minute = now;
        inMinute = 0;
      }
      if (running.size() >= MOST) {
        throw new IOException("An app sends " + MOST + " requests at a time; wait for an answer.");
      }
      if (inMinute >= PER_MINUTE) {
        throw new AppQuotaException("An app sends " + PER_MINUTE + " requests a minute.");
      }
      meter(exchange.head.length + exchange.body.length);
      inMinute++;
      if (threads == null) {
        threads =
            new ThreadPoolExecutor(
                0,
                2 * MOST, // Those that are done may still be on their way out.
                10,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                task -> {
                  Thread made = new Thread(null, task, name + " http", 0, false);
                  made.setDaemon(true);
                  return made;
                });
      }
      running.add(exchange);
      exchange.deadline = agenda.after(DEADLINE_NANOS, exchange::late);
      try {
        threads.execute(exchange);
      } catch (RejectedExecutionException e) {
        running.remove(exchange);
        exchange.deadline.cancel();
        throw new IOException("An app sends " + MOST + " requests at a time.", e);
      }
    }
  }

  private void meter(long bytes) {
    if (!day.network(bytes, quota)) {
      throw new AppQuotaException(
          "The app has used up what it may send and fetch today: " + quota / 1024 + " KiB.");
    }
  }

  /** Hangs up on some hosts; what is under way to them fails. */
  void cut(String why, Predicate<String> hosts) {
    Set<Exchange> all;
    synchronized (this) {
      all = Set.copyOf(running);
    }
    for (Exchange exchange : all) {
      if (hosts.test(exchange.host)) {
        exchange.hangUp(new IOException(why));
      }
    }
  }

  void close() {
    synchronized (this) {
      closed = true;
      if (threads != null) {
        threads.shutdown();
      }
    }
    cut("The app has ended.", host -> true);
  }

  /** One request, on a thread of its own. */
  private final class Exchange implements Runnable {
    private final String host;
    private final byte[] head;
    private final byte[] body;
    private final CompletableFuture<Response> answer = new CompletableFuture<>();
    private Agenda.Entry deadline;
    private Socket socket;
    private Exception end;

    Exchange(String host, byte[] head, byte[] body) {
      this.host = host;
      this.head = head;
      this.body = body;
    }

    @Override
    public void run() {
      long id = Thread.currentThread().getId();
      long begun = machine.cpuNanos(id);
      Response response = null;
      Exception failure = null;
      try {
        response = talk();
      } catch (IOException | AppQuotaException e) {
        failure = end(e);
      } catch (RuntimeException | Error e) {
        failure = new IOException("The request failed: " + e, e);
      }
      deadline.cancel();
      day.cpu(Math.max(0, machine.cpuNanos(id) - begun));
      synchronized (Http.this) {
        running.remove(this); // Before it is told: the app may send the next at once.
      }
      tell(response, failure);
    }

    private void tell(Response response, Exception failure) {
      thread.execute(
          () -> {
            if (failure == null) {
              answer.complete(response);
            } else {
              answer.completeExceptionally(failure);
            }
          });
    }

    private Response talk() throws IOException {
      try (SSLSocket connection = outside.connect(host, this::opened)) {
        OutputStream out = connection.getOutputStream();
        out.write(head);
        out.write(body);
        out.flush();
        try {
          return Answer.read(new BufferedInputStream(new Metered(connection.getInputStream())));
        } catch (IOException e) {
          throw new IOException(host + " " + e.getMessage() + ".", e);
        }
      }
    }

    private void opened(Socket made) {
      synchronized (this) {
        socket = made;
        if (end == null) {
          return;
        }
      }
      close(made);
    }

    /** Why it ends; the first reason counts. */
    private synchronized Exception end(Exception why) {
      if (end == null) {
        end = why;
      }
      return end;
    }

    void late() {
      IOException why = new IOException(host + " did not answer within 30 s.");
      hangUp(why);
      // The name service may keep its thread longer; nobody waits for that.
      tell(null, why);
    }

    void hangUp(IOException why) {
      Socket open;
      end(why);
      synchronized (this) {
        open = socket;
      }
      if (open != null) {
        close(open);
      }
    }

    private void close(Socket open) {
      try {
        open.close();
      } catch (IOException e) {
        // It is gone either way.
      }
    }
  }

  /** Counts what comes in. */
  private final class Metered extends FilterInputStream {
    Metered(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int c = super.read();
      meter(c < 0 ? 0 : 1);
      return c;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int count = super.read(bytes, offset, length);
      meter(Math.max(0, count));
      return count;
    }
  }
}
