package org.commonshub.neighbour.https;

import static org.commonshub.neighbour.api.NeighbourException.Kind.NOT_THE_ONE;
import static org.commonshub.neighbour.api.NeighbourException.Kind.REFUSED;
import static org.commonshub.neighbour.api.NeighbourException.Kind.UNKNOWN;
import static org.commonshub.neighbour.api.NeighbourException.Kind.UNREACHABLE;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.commonshub.neighbour.api.Neighbour;
import org.commonshub.neighbour.api.NeighbourException;
import org.commonshub.neighbour.api.Neighbours;
import org.commonshub.neighbour.api.Topic;
import org.commonshub.platform.api.HubClock;

/**
 * Asks neighbours. Each neighbour has a line of its own, one question on its way and four waiting,
 * and a thread only while the line is not empty, so none waits for another; 10 s from asking to
 * answer.
 */
final class Caller implements AutoCloseable {
  static final int WAITING = 4;

  private static final int STACK = 256 * 1024;

  private record Asked(Topic topic, byte[] question, CompletableFuture<byte[]> answer) {}

  private final long limitMillis;
  private final Handshake handshake;
  private final Book book;
  private final HubClock clock;
  private final Watch watch;
  private final Map<String, Deque<Asked>> lines = new HashMap<>();
  private final Set<Socket> open = new HashSet<>();
  private boolean closed;

  Caller(long limitMillis, Handshake handshake, Book book, HubClock clock, Watch watch) {
    this.limitMillis = limitMillis;
    this.handshake = handshake;
    this.book = book;
    this.clock = clock;
    this.watch = watch;
  }

  CompletableFuture<byte[]> ask(String did, Topic topic, byte[] question) {
    if (question.length > Neighbours.MAX_BYTES) {
      throw new IllegalArgumentException("a question of " + question.length + " bytes");
    }
    Neighbour neighbour = book.find(did).orElse(null);
    if (neighbour == null) {
      return failed(UNKNOWN, "This hub is not on the list of neighbours: enter it first.");
    }
    Asked asked = new Asked(topic, question.clone(), new CompletableFuture<>());
    synchronized (this) {
      if (closed) {
        return failed(UNREACHABLE, "The connection to neighbours is being switched off.");
      }
      Deque<Asked> line = lines.get(did);
      if (line != null) {
        if (line.size() > WAITING) {
          return failed(
              UNREACHABLE, neighbour.name() + " has not answered the last questions yet.");
        }
        line.add(asked);
      } else {
        Deque<Asked> fresh = new ArrayDeque<>(List.of(asked));
        Thread thread = new Thread(null, () -> work(did, fresh), "neighbour-ask", STACK);
        thread.setDaemon(true);
        thread.start(); // waits for this lock before it looks at the line
        lines.put(did, fresh);
      }
    }
    Future<?> deadline =
        watch.after(
            limitMillis,
            () -> {
              if (!asked.answer().isDone()) {
                book.problem(
                    did,
                    "It does not answer at "
                        + at(neighbour)
                        + ": check that it is on and that address and port are right.");
                asked
                    .answer()
                    .completeExceptionally(
                        new NeighbourException(
                            UNREACHABLE,
                            neighbour.name()
                                + " does not answer within "
                                + limitMillis / 1000
                                + " s."));
              }
            });
    asked.answer().whenComplete((answer, failure) -> deadline.cancel(false));
    return asked.answer();
  }

  private static CompletableFuture<byte[]> failed(NeighbourException.Kind kind, String message) {
    return CompletableFuture.failedFuture(new NeighbourException(kind, message));
  }

  /** Asks what is in the line, one after another, and ends with it. */
  private void work(String did, Deque<Asked> line) {
    while (true) {
      Asked next;
      synchronized (this) {
        next = line.peek();
        if (next == null) {
          lines.remove(did);
          return;
        }
      }
      if (!next.answer().isDone()) {
        try {
          next.answer().complete(exchange(did, next));
        } catch (NeighbourException e) {
          // A refusal comes from a neighbour that is well.
          if (!next.answer().isDone() && e.kind() != UNKNOWN && e.kind() != REFUSED) {
            book.problem(did, e.getMessage());
          }
          next.answer().completeExceptionally(e);
        } catch (RuntimeException e) {
          next.answer().completeExceptionally(e);
        }
      }
      synchronized (this) {
        line.poll();
      }
    }
  }

  private byte[] exchange(String did, Asked asked) throws NeighbourException {
    Neighbour neighbour =
        book.find(did)
            .orElseThrow(() -> new NeighbourException(UNKNOWN, "This neighbour was removed."));
    Socket socket = new Socket();
    Future<?> deadline = watch.after(limitMillis, () -> Watch.close(socket));
    boolean atTheDoor = false;
    try {
      synchronized (this) {
        if (closed) {
          throw new IOException("switched off");
        }
        open.add(socket);
      }
      socket.setTcpNoDelay(true);
      socket.connect(new InetSocketAddress(neighbour.host(), neighbour.port()), (int) limitMillis);
      SSLSocket secure = handshake.shake(socket, did);
      atTheDoor = true;
      handshake.peer(secure);
      if (secure.getInputStream().read() != Frames.READY) {
        throw new EOFException("it ended the connection");
      }
      atTheDoor = false;
      book.heard(did, clock.now());
      Frames.write(
          secure.getOutputStream(), new Frames.Question(asked.topic(), asked.question()).encode());
      Frames.Answer answer = Frames.Answer.decode(Frames.read(secure.getInputStream()));
      secure.close();
      if (answer.bytes() == null) {
        throw new NeighbourException(REFUSED, neighbour.name() + " refuses: " + answer.refusal());
      }
      return answer.bytes();
    } catch (IOException | GeneralSecurityException e) {
      UnprovenException unproven = UnprovenException.in(e);
      if (unproven != null) {
        throw new NeighbourException(
            NOT_THE_ONE,
            "Whoever answers at "
                + at(neighbour)
                + " could not prove to be this neighbour: "
                + unproven.getMessage()
                + ".");
      }
      if (atTheDoor && e instanceof SSLException && !deadline.isDone()) { // an alert
        throw new NeighbourException(
            REFUSED,
            neighbour.name()
                + " does not let this hub in: enter this hub's card there, and check date and time"
                + " of both.");
      }
      throw new NeighbourException(
          UNREACHABLE,
          "It does not answer at "
              + at(neighbour)
              + " ("
              + e.getMessage()
              + "): check that it is on and that address and port are right.");
    } finally {
      deadline.cancel(false);
      Watch.close(socket);
      synchronized (this) {
        open.remove(socket);
      }
    }
  }

  private static String at(Neighbour neighbour) {
    return neighbour.host() + " port " + neighbour.port();
  }

  @Override
  public synchronized void close() {
    closed = true;
    open.forEach(Watch::close);
    lines
        .values()
        .forEach(
            line ->
                line.forEach(
                    asked ->
                        asked
                            .answer()
                            .completeExceptionally(
                                new NeighbourException(
                                    UNREACHABLE,
                                    "The connection to neighbours is being switched off."))));
  }
}
