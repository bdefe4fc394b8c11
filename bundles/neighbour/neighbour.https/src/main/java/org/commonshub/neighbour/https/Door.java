package org.commonshub.neighbour.https;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.commonshub.neighbour.api.NeighbourException;
import org.commonshub.neighbour.api.NeighbourService;
import org.commonshub.neighbour.api.Neighbours;
import org.commonshub.neighbour.api.Topic;
import org.commonshub.platform.api.HubClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where neighbours arrive. One thread accepts; each connection has a thread for the at most 10 s it
 * lives: 64 in all, 16 of one address. Four of them answer at a time.
 */
final class Door implements AutoCloseable {
  static final int CONNECTIONS = 64;
  static final int PER_ADDRESS = 16;
  static final int ANSWERING = 4;

  private static final Logger LOG = LoggerFactory.getLogger(Door.class);
  private static final long RETRY_SECONDS = 10;
  private static final int STACK = 256 * 1024;
  private static final int DRAIN_MILLIS = 1_000;

  private final InetAddress host;
  private final int port;
  private final long limitMillis;
  private final Handshake handshake;
  private final Book book;
  private final HubClock clock;
  private final Watch watch;
  private final Map<Topic, NeighbourService> services;
  private final Semaphore answering = new Semaphore(ANSWERING, true);
  private final Set<String> busy = ConcurrentHashMap.newKeySet();
  private final Set<Socket> open = new HashSet<>();
  private final Map<InetAddress, Integer> perAddress = new HashMap<>();
  private final Thread acceptor;
  private ServerSocket listener;
  private boolean closed;

  Door(
      InetAddress host,
      int port,
      long limitMillis,
      Handshake handshake,
      Book book,
      HubClock clock,
      Watch watch,
      Map<Topic, NeighbourService> services) {
    this.host = host;
    this.port = port;
    this.limitMillis = limitMillis;
    this.handshake = handshake;
    this.book = book;
    this.clock = clock;
    this.watch = watch;
    this.services = services;
    acceptor = new Thread(this::run, "neighbour-door");
    acceptor.setDaemon(true);
  }

  void start() {
    acceptor.start();
  }

  /** The port it listens on; −1 while it does not. */
  synchronized int port() {
    return listener == null ? -1 : listener.getLocalPort();
  }

  synchronized int connections() {
    return open.size();
  }

  private void run() {
    boolean told = false;
    while (true) {
      try (ServerSocket bound = new ServerSocket()) {
        bound.setReuseAddress(true);
        bound.bind(new InetSocketAddress(host, port), CONNECTIONS);
        synchronized (this) {
          if (closed) {
            return;
          }
          listener = bound;
        }
        LOG.info("Neighbours arrive at port {}", bound.getLocalPort());
        told = false;
        while (true) {
          take(bound.accept());
        }
      } catch (IOException e) {
        synchronized (this) {
          listener = null;
          if (closed) {
            return;
          }
        }
        if (!told) {
          LOG.warn(
              "Neighbours cannot reach this hub: port {} cannot be opened ({}). Stop the program"
                  + " that uses it, or set another port in org.commonshub.neighbour.https.json;"
                  + " tried again every {} s.",
              port,
              e.getMessage(),
              RETRY_SECONDS);
          told = true;
        }
        try {
          TimeUnit.SECONDS.sleep(RETRY_SECONDS);
        } catch (InterruptedException stop) {
          return;
        }
      }
    }
  }

  private void take(Socket socket) {
    synchronized (this) {
      int others = perAddress.getOrDefault(socket.getInetAddress(), 0);
      if (closed || open.size() >= CONNECTIONS || others >= PER_ADDRESS) {
        Watch.close(socket);
        return;
      }
      open.add(socket);
      perAddress.put(socket.getInetAddress(), others + 1);
    }
    try {
      Thread thread = new Thread(null, () -> serve(socket), "neighbour-" + socket.getPort(), STACK);
      thread.setDaemon(true);
      thread.start();
    } catch (OutOfMemoryError e) {
      LOG.warn("No memory for another neighbour's connection: it was closed.");
      gone(socket);
    }
  }

  private synchronized void gone(Socket socket) {
    Watch.close(socket);
    if (open.remove(socket)) {
      perAddress.computeIfPresent(
          socket.getInetAddress(), (address, count) -> count == 1 ? null : count - 1);
    }
  }

  private void serve(Socket socket) {
    Future<?> deadline = null;
    try {
      long end = clock.monotonicNanos() + TimeUnit.MILLISECONDS.toNanos(limitMillis);
      deadline = watch.after(limitMillis, () -> Watch.close(socket));
      socket.setTcpNoDelay(true);
      SSLSocket secure = handshake.shake(socket, null);
      String did = handshake.peer(secure);
      book.heard(did, clock.now());
      secure.getOutputStream().write(Frames.READY);
      secure.getOutputStream().flush();
      Frames.Question question = Frames.Question.decode(Frames.read(secure.getInputStream()));
      Frames.Answer answer = answer(did, question, end - clock.monotonicNanos());
      Frames.write(secure.getOutputStream(), answer.encode());
      secure.close();
    } catch (IOException | GeneralSecurityException e) {
      // The doorman has said what people need to know; anybody can fail a handshake.
      LOG.debug("A connection at the neighbours' port failed", e);
      drain(socket);
    } catch (InterruptedException | RuntimeException e) {
      LOG.debug("A connection at the neighbours' port was ended", e);
    } finally {
      if (deadline != null) {
        deadline.cancel(false);
      }
      gone(socket);
    }
  }

  /**
   * Reads what is still coming: closing on it would reset the connection, and the alert is lost.
   */
  private static void drain(Socket socket) {
    try {
      socket.shutdownOutput();
      socket.setSoTimeout(DRAIN_MILLIS);
      InputStream in = socket.getInputStream();
      byte[] buffer = new byte[4096];
      for (int left = Neighbours.MAX_BYTES; left > 0; ) {
        int read = in.read(buffer);
        if (read < 0) {
          return;
        }
        left -= read;
      }
    } catch (IOException e) {
      LOG.debug("The other side has gone", e);
    }
  }

  private Frames.Answer answer(String did, Frames.Question question, long nanos)
      throws InterruptedException {
    if (!busy.add(did)) {
      return new Frames.Answer(null, "One question at a time: the last one is being answered.");
    }
    try {
      if (!answering.tryAcquire(nanos, TimeUnit.NANOSECONDS)) {
        return new Frames.Answer(null, "This hub is busy: ask again later.");
      }
      try {
        NeighbourService service = services.get(question.topic());
        if (service == null) {
          return new Frames.Answer(null, "This hub does not do that: it is switched off here.");
        }
        byte[] answer = service.answer(did, question.bytes());
        if (answer.length > Neighbours.MAX_BYTES) {
          throw new IllegalStateException("an answer of " + answer.length + " bytes");
        }
        return new Frames.Answer(answer, null);
      } catch (NeighbourException e) {
        return new Frames.Answer(null, String.valueOf(e.getMessage()));
      } catch (RuntimeException e) {
        LOG.warn("Answering a neighbour's question about {} failed", question.topic(), e);
        return new Frames.Answer(null, "Something went wrong on that hub: its log says what.");
      } finally {
        answering.release();
      }
    } finally {
      busy.remove(did);
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      if (listener != null) {
        try {
          listener.close();
        } catch (IOException e) {
          LOG.debug("Closing the neighbours' port", e);
        }
      }
      open.forEach(Watch::close);
    }
    acceptor.interrupt();
    try {
      acceptor.join(2_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
