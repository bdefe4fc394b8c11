package org.commonshub.console.rest;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.measure.api.ReadingSink;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Live values as server-sent events (WHATWG HTML, section 9.2). One thread serves all listeners
 * without ever waiting for one: each has a bounded buffer, and who reads too slowly is dropped.
 *
 * <p>New readings are merged per device for at most {@value #COALESCE_MILLIS} ms and pushed; the
 * complete picture follows once a second.
 */
final class Live implements ReadingSink, AutoCloseable {
  /** Most listeners at once. */
  static final int MAX_CLIENTS = 32;

  /** Most bytes waiting for one listener. */
  static final int MAX_QUEUED = 1 << 20;

  /** Most devices merged between two pushes. */
  private static final int MAX_PENDING = 4096;

  private static final long COALESCE_MILLIS = 10;
  private static final long SECOND = 1_000_000_000L;
  private static final int HEARTBEAT_SECONDS = 15;
  private static final int HEALTH_SECONDS = 10;
  private static final Logger LOG = LoggerFactory.getLogger(Live.class);
  private static final byte[] HEARTBEAT = ":\n\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] RETRY = "retry: 2000\n\n".getBytes(StandardCharsets.US_ASCII);

  private final Sessions sessions;
  private final NowApi now;
  private final Json.Body health;
  private final Executor background;
  private final Set<Client> clients = ConcurrentHashMap.newKeySet();

  /** Dropped in the middle of a write; end when it does, or when the container gives up on it. */
  private final Set<Client> leaving = ConcurrentHashMap.newKeySet();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition news = lock.newCondition();
  private Map<DeviceId, Pending> pending = new LinkedHashMap<>();
  private boolean closed;
  private volatile byte[] lastHealth = new byte[0];
  private final AtomicBoolean healthRunning = new AtomicBoolean();
  private final Thread pump;

  /** Newest values of one device since the last push. */
  private static final class Pending {
    Instant at;
    final Map<Quantity, Measurement> values = new LinkedHashMap<>();
  }

  /** One or more events, shared by all listeners and never changed. */
  private static final class Message {
    private final byte[] bytes;
    private final boolean picture;

    Message(byte[] bytes, boolean picture) {
      this.bytes = bytes;
      this.picture = picture;
    }
  }

  /**
   * @param health writes the object of {@code GET /health}; may take its time
   * @param background runs it
   */
  Live(Sessions sessions, NowApi now, Json.Body health, Executor background) {
    this.sessions = sessions;
    this.now = now;
    this.health = health;
    this.background = background;
    pump = new Thread(this::run, "console.rest live");
    pump.setDaemon(true);
    pump.start();
  }

  Router register(Router router) {
    return router.add("GET", "/events", Access.DATA, this::events);
  }

  int clients() {
    return clients.size();
  }

  int leaving() {
    return leaving.size();
  }

  @Override
  public void accept(List<MeterRecord> batch) {
    if (clients.isEmpty()) {
      return;
    }
    lock.lock();
    try {
      for (MeterRecord record : batch) {
        // Corrections of the past are not live values.
        if (record instanceof ReadingFrame frame && frame.revision() == 0) {
          Pending merged = pending.get(frame.device());
          if (merged == null) {
            if (pending.size() >= MAX_PENDING) {
              continue;
            }
            merged = new Pending();
            pending.put(frame.device(), merged);
          }
          merged.at = frame.instant();
          for (Measurement value : frame.values()) {
            merged.values.put(value.quantity(), value);
          }
        }
      }
      news.signal();
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    long coalesce = TimeUnit.MILLISECONDS.toNanos(COALESCE_MILLIS);
    long lastPush = System.nanoTime() - coalesce;
    long nextTick = System.nanoTime();
    long ticks = 0;
    boolean failing = false;
    while (true) {
      Map<DeviceId, Pending> push = Map.of();
      lock.lock();
      try {
        while (!closed) {
          long t = System.nanoTime();
          if (clients.isEmpty()) {
            pending.clear();
            news.await();
            nextTick = System.nanoTime();
            ticks = 0;
            continue;
          }
          long wait = nextTick - t;
          if (!pending.isEmpty()) {
            wait = Math.min(wait, lastPush + coalesce - t);
          }
          if (wait <= 0) {
            break;
          }
          news.awaitNanos(wait);
        }
        if (closed) {
          return;
        }
        if (!pending.isEmpty()) {
          push = pending;
          pending = new LinkedHashMap<>();
        }
      } catch (InterruptedException e) {
        return;
      } finally {
        lock.unlock();
      }
      try {
        if (!push.isEmpty()) {
          lastPush = System.nanoTime();
          broadcast(new Message(readings(push), false));
        }
        if (System.nanoTime() - nextTick >= 0) {
          nextTick = System.nanoTime() + SECOND;
          tick(ticks++);
        }
        failing = false;
      } catch (RuntimeException e) {
        if (!failing) {
          LOG.warn("live values could not be pushed; trying on", e);
        }
        failing = true;
      }
    }
  }

  private void tick(long ticks) {
    for (Client client : clients) {
      if (!client.session.equals("") && sessions.find(client.session).isEmpty()) {
        drop(client);
      }
    }
    byte[] picture = picture();
    if (picture != null) {
      broadcast(new Message(picture, true));
    }
    if (ticks % HEARTBEAT_SECONDS == 0) {
      broadcast(new Message(HEARTBEAT, false));
    }
    if (ticks % HEALTH_SECONDS == 0 && healthRunning.compareAndSet(false, true)) {
      try {
        background.execute(this::checkHealth);
      } catch (RejectedExecutionException e) {
        healthRunning.set(false);
      }
    }
  }

  private void checkHealth() {
    try {
      byte[] event = event("health", health);
      if (!Arrays.equals(event, lastHealth)) {
        lastHealth = event;
        broadcast(new Message(event, false));
      }
    } catch (RuntimeException e) {
      LOG.debug("health checks failed", e);
    } finally {
      healthRunning.set(false);
    }
  }

  /** The complete picture, or null while a part of the hub is away. */
  private byte[] picture() {
    try {
      return event("now", now::write);
    } catch (Problem e) {
      return null;
    }
  }

  private static byte[] readings(Map<DeviceId, Pending> push) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(256 * push.size());
    push.forEach(
        (device, values) ->
            out.writeBytes(
                event(
                    "readings",
                    g -> {
                      g.writeStartObject();
                      g.writeStringField("device", device.toString());
                      g.writeStringField("at", values.at.toString());
                      g.writeObjectFieldStart("values");
                      for (Map.Entry<Quantity, Measurement> value : values.values.entrySet()) {
                        g.writeFieldName(value.getKey().toString());
                        Json.number(g, value.getValue().doubleValue());
                      }
                      g.writeEndObject();
                      g.writeEndObject();
                    })));
    return out.toByteArray();
  }

  private static byte[] event(String name, Json.Body data) {
    byte[] json = Json.bytes(data);
    ByteArrayOutputStream out = new ByteArrayOutputStream(json.length + 32);
    out.writeBytes(("event: " + name + "\ndata: ").getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(json);
    out.writeBytes("\n\n".getBytes(StandardCharsets.US_ASCII));
    return out.toByteArray();
  }

  private void broadcast(Message message) {
    for (Client client : clients) {
      if (!client.offer(message)) {
        LOG.info("a listener of the live values was too slow and was dropped");
        drop(client);
      }
    }
  }

  private void drop(Client client) {
    clients.remove(client);
    client.leave();
  }

  private Response events(Request request) {
    String session = request.caller().session().map(Sessions.Session::id).orElse("");
    return Response.raw((http, answer) -> open(http, answer, session));
  }

  private void open(HttpServletRequest http, HttpServletResponse answer, String session)
      throws IOException {
    if (http.getMethod().equals("HEAD")) {
      answer.setContentType("text/event-stream");
      return;
    }
    byte[] picture = picture();
    Client client = admit(http, answer, session);
    if (client == null) {
      // Written outside the lock: a caller who does not read must not hold up the bus.
      ApiServlet.write(
          new Problem(
                  503,
                  "There are "
                      + MAX_CLIENTS
                      + " listeners to the live values already; close a page elsewhere.")
              .header("Retry-After", "10")
              .response(),
          http,
          answer);
      return;
    }
    client.offer(new Message(RETRY, false));
    if (picture != null) {
      client.offer(new Message(picture, true));
    }
    if (lastHealth.length > 0) {
      client.offer(new Message(lastHealth, false));
    }
    client.out.setWriteListener(client);
  }

  /** A new listener, or null when there are too many. */
  private Client admit(HttpServletRequest http, HttpServletResponse answer, String session)
      throws IOException {
    lock.lock();
    try {
      if (closed || clients.size() >= MAX_CLIENTS) {
        return null;
      }
      answer.setStatus(200);
      answer.setContentType("text/event-stream");
      answer.setCharacterEncoding("UTF-8");
      answer.setHeader("X-Accel-Buffering", "no");
      AsyncContext async = http.startAsync();
      async.setTimeout(0);
      Client client = new Client(async, answer.getOutputStream(), session);
      async.addListener(client);
      clients.add(client);
      news.signal();
      return client;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      news.signalAll();
    } finally {
      lock.unlock();
    }
    for (Client client : clients) {
      client.end();
    }
    for (Client client : leaving) {
      client.end();
    }
    try {
      pump.join(2000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** One listener. Written by the pump and by container threads, one at a time. */
  private final class Client implements WriteListener, AsyncListener {
    private final AsyncContext async;
    private final ServletOutputStream out;
    private final String session;
    private final Deque<Message> queue = new ArrayDeque<>();
    private int queued;
    private boolean pictureQueued;
    private boolean started;
    private boolean dirty;
    private boolean blocked;
    private boolean ended;
    private boolean completed;

    Client(AsyncContext async, ServletOutputStream out, String session) {
      this.async = async;
      this.out = out;
      this.session = session;
    }

    /**
     * @return false if the listener is too slow
     */
    synchronized boolean offer(Message message) {
      if (ended || (message.picture && pictureQueued)) {
        return true;
      }
      if (queued + message.bytes.length > MAX_QUEUED && !queue.isEmpty()) {
        return false;
      }
      queue.add(message);
      queued += message.bytes.length;
      pictureQueued |= message.picture;
      if (started) {
        try {
          drain();
        } catch (IOException e) {
          end();
        }
      }
      return true;
    }

    private void drain() throws IOException {
      while (!ended) {
        if (!out.isReady()) {
          blocked = true;
          return;
        }
        Message next = queue.poll();
        if (next != null) {
          queued -= next.bytes.length;
          if (next.picture) {
            pictureQueued = false;
          }
          out.write(next.bytes);
          dirty = true;
        } else if (dirty) {
          dirty = false;
          out.flush();
        } else {
          return;
        }
      }
    }

    @Override
    public void onWritePossible() throws IOException {
      synchronized (this) {
        started = true;
        blocked = false;
        if (!ended) {
          drain();
          return;
        }
      }
      end();
    }

    @Override
    public void onError(Throwable t) {
      end();
    }

    /** Ends the stream, after the write in hand: cut off in its middle, Jetty would complain. */
    void leave() {
      synchronized (this) {
        ended = true;
        queue.clear();
        if (blocked && !completed && leaving.size() < MAX_CLIENTS) {
          leaving.add(this);
          return;
        }
      }
      end();
    }

    /** Ends the stream at once. */
    void end() {
      clients.remove(this);
      leaving.remove(this);
      synchronized (this) {
        ended = true;
        queue.clear();
        if (completed) {
          return;
        }
        completed = true;
      }
      try {
        async.complete();
      } catch (IllegalStateException e) {
        // Completed by the container already.
      }
    }

    @Override
    public void onComplete(AsyncEvent event) {
      end();
    }

    @Override
    public void onTimeout(AsyncEvent event) {
      end();
    }

    @Override
    public void onError(AsyncEvent event) {
      end();
    }

    @Override
    public void onStartAsync(AsyncEvent event) {}
  }
}
