package org.commonshub.metering.web;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One TCP connection, plain or with TLS, of either side. Belongs to the loop thread except for
 * {@link #send}. Idle it owns no buffers.
 *
 * <p>Reading stops while the protocol leaves bytes, so a peer that sends faster than it is served
 * waits in its own TCP window.
 */
final class Tcp implements Loop.Handler {
  /** What something that waits to be sent weighs beside its bytes. */
  static final int OVERHEAD = 64;

  private static final int READ = 8 * 1024;
  private static final int WRITE = 16 * 1024;
  private static final int RECORD = 17 * 1024;
  private static final long STALL_NANOS = 30_000_000_000L;
  private static final long LINGER_NANOS = 2_000_000_000L;
  private static final int LINGER_BYTES = 256 * 1024;

  private static final Logger LOG = LoggerFactory.getLogger(Tcp.class);

  /** What is spoken on the connection; called on the loop thread. */
  interface Protocol {
    /** Connected, and the handshake of TLS done. */
    void opened();

    /** Takes bytes; what it leaves it gets again after {@link Tcp#resume}. */
    void received(ByteBuffer bytes);

    /** The peer sends no more. */
    void ended();

    /**
     * Closed; the last call.
     *
     * @param why null if in order
     */
    void closed(Exception why);
  }

  /** What every connection is made with. */
  record Shared(Loop loop, Workers workers, Budget receiving, Budget sending) {}

  private enum State {
    CONNECTING,
    SECURING,
    OPEN,
    FINISHING,
    LINGERING,
    CLOSED
  }

  private final Shared shared;
  private final Loop loop;
  private final SocketChannel channel;
  private final SSLEngine engine;
  private final InetSocketAddress remote;
  private final AtomicInteger pending = new AtomicInteger();
  private final ArrayDeque<ByteBuffer> queue = new ArrayDeque<>(2);
  private Protocol protocol;
  private SelectionKey key;
  private State state;
  private volatile boolean shut;
  private boolean reached;
  private boolean flushing;
  private boolean calculating;
  private boolean resuming;
  private boolean ended;
  private boolean toldEnd;
  private boolean endedCleanly;
  private byte[] held;
  private byte[] cipher;
  private ByteBuffer unsent;
  private int lingered;

  private final Loop.Deadline deadline =
      new Loop.Deadline() {
        @Override
        void expired() {
          abort(state == State.LINGERING ? null : new IOException("it takes nothing any more"));
        }
      };

  private Tcp(
      Shared shared,
      SocketChannel channel,
      InetSocketAddress remote,
      SSLEngine engine,
      Protocol protocol,
      State state) {
    this.shared = shared;
    this.loop = shared.loop;
    this.channel = channel;
    this.remote = remote;
    this.engine = engine;
    this.protocol = protocol;
    this.state = state;
  }

  /**
   * Takes a connection that somebody opened.
   *
   * @param engine null for a plain one
   * @param protocol asked once, last; told from then on if it goes wrong
   */
  static Tcp accepted(
      Shared shared, SocketChannel channel, SSLEngine engine, Function<Tcp, Protocol> protocol)
      throws IOException {
    Tcp tcp =
        new Tcp(
            shared,
            channel,
            (InetSocketAddress) channel.getRemoteAddress(),
            engine,
            null,
            engine == null ? State.OPEN : State.SECURING);
    tcp.options();
    tcp.protocol = protocol.apply(tcp);
    try {
      tcp.key = shared.loop.register(channel, SelectionKey.OP_READ, tcp);
      if (engine == null) {
        tcp.protocol.opened();
      }
    } catch (IOException | RuntimeException e) {
      tcp.abort(e);
    }
    return tcp;
  }

  /**
   * Opens a connection.
   *
   * @param engine null for a plain one
   */
  static Tcp connect(Shared shared, InetSocketAddress remote, SSLEngine engine, Protocol protocol) {
    SocketChannel channel = null;
    Tcp tcp = null;
    try {
      channel = SocketChannel.open();
      tcp = new Tcp(shared, channel, remote, engine, protocol, State.CONNECTING);
      tcp.options();
      tcp.key = shared.loop.register(channel, SelectionKey.OP_CONNECT, tcp);
      if (channel.connect(remote)) {
        shared.loop.execute(tcp::connectedAtOnce);
      }
    } catch (IOException | RuntimeException e) {
      if (tcp == null) {
        shared.loop.execute(() -> protocol.closed(e));
      } else {
        shared.loop.execute(abortion(tcp, e));
      }
    }
    return tcp;
  }

  private static Runnable abortion(Tcp tcp, Exception why) {
    return () -> tcp.abort(why);
  }

  private void options() throws IOException {
    channel.configureBlocking(false);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
  }

  InetSocketAddress remote() {
    return remote;
  }

  boolean tls() {
    return engine != null;
  }

  /** Whether TCP and TLS are up and nobody has begun to close. */
  boolean open() {
    return state == State.OPEN;
  }

  /** Whether the peer was reached, whatever came after. */
  boolean connected() {
    return reached;
  }

  /** Whether the peer ended in order: of TLS, with its closing alert. */
  boolean endedCleanly() {
    return endedCleanly;
  }

  /** Changes what is spoken; call {@link #resume} when it can take bytes. */
  void protocol(Protocol other) {
    protocol = other;
  }

  @Override
  public void ready(SelectionKey ready) {
    if (state == State.CLOSED) {
      return; // By somebody earlier in this turn.
    }
    try {
      if (state == State.CONNECTING) {
        if (channel.finishConnect()) {
          finishConnect();
        }
        return;
      }
      if (ready.isWritable()) {
        flush();
        if (state == State.SECURING) {
          decrypt();
        }
      }
      if (state != State.CLOSED && key.isReadable()) {
        read();
      }
    } catch (IOException e) {
      abort(e);
    } catch (RuntimeException e) {
      failed(e);
    }
  }

  @Override
  public void ended() {
    abort(null);
  }

  private void connectedAtOnce() {
    try {
      finishConnect();
    } catch (IOException e) {
      abort(e);
    }
  }

  private void finishConnect() throws IOException {
    if (state != State.CONNECTING) {
      return;
    }
    reached = true;
    key.interestOps(SelectionKey.OP_READ);
    if (engine == null) {
      state = State.OPEN;
      protocol.opened();
    } else {
      state = State.SECURING;
      engine.beginHandshake();
      decrypt();
    }
    interest();
  }

  private void read() throws IOException {
    ByteBuffer in = loop.in.clear();
    if (engine == null) {
      in.limit(READ);
    } else if (cipher != null) {
      in.put(cipher);
      cipher = null;
    }
    int count = channel.read(in);
    in.flip();
    if (state == State.LINGERING || state == State.FINISHING) {
      lingered += Math.max(0, count);
      if (lingered > LINGER_BYTES || (count < 0 && state == State.LINGERING)) {
        abort(null);
      } else if (count < 0) {
        ended = true;
        interest();
      }
      return;
    }
    if (engine == null) {
      deliver(in);
    } else if (count >= 0) {
      decrypt(in);
    }
    if (count < 0) {
      ended = true;
      endedCleanly |= engine == null;
      tellEnd();
    }
    interest();
  }

  private void deliver(ByteBuffer bytes) {
    if (state == State.OPEN && bytes.hasRemaining()) {
      protocol.received(bytes);
      if (bytes.hasRemaining() && state == State.OPEN) {
        held = new byte[bytes.remaining()];
        bytes.get(held);
      }
    }
  }

  private void tellEnd() {
    if (!ended || toldEnd || held != null || calculating) {
      return;
    }
    if (state == State.SECURING) {
      abort(new EOFException("it ended the connection before it was secure"));
    } else if (state == State.OPEN) {
      toldEnd = true;
      protocol.ended();
    }
  }

  /** Gives the protocol what it left, and reads on. */
  void resume() {
    if (!resuming) {
      resuming = true;
      loop.execute(
          () -> {
            resuming = false;
            resumed();
          });
    }
  }

  private void resumed() {
    if (state != State.OPEN) {
      return;
    }
    try {
      if (held != null) {
        ByteBuffer bytes = ByteBuffer.wrap(held);
        held = null;
        deliver(bytes);
      }
      if (held == null && engine != null && cipher != null) {
        decrypt();
      }
      tellEnd();
      interest();
    } catch (IOException e) {
      abort(e);
    } catch (RuntimeException e) {
      failed(e);
    }
  }

  private void decrypt() throws IOException {
    ByteBuffer in = loop.in.clear();
    if (cipher != null) {
      in.put(cipher);
      cipher = null;
    }
    decrypt(in.flip());
  }

  private void decrypt(ByteBuffer in) throws IOException {
    try {
      while (step(in)) {
        // One record or one message of the handshake at a time.
      }
    } catch (SSLException e) {
      try {
        flush(); // The alert.
      } catch (IOException more) {
        e.addSuppressed(more);
      }
      throw e;
    }
    if (in.hasRemaining() && (state == State.OPEN || state == State.SECURING)) {
      cipher = new byte[in.remaining()];
      in.get(cipher);
    }
    interest();
  }

  private boolean step(ByteBuffer in) throws IOException {
    if ((state != State.OPEN && state != State.SECURING) || held != null || calculating) {
      return false;
    }
    HandshakeStatus status = engine.getHandshakeStatus();
    if (status == HandshakeStatus.NEED_TASK) {
      calculate();
      return false;
    }
    if (status == HandshakeStatus.NEED_WRAP) {
      flush();
      return engine.getHandshakeStatus() != HandshakeStatus.NEED_WRAP;
    }
    if (!in.hasRemaining()) {
      return false;
    }
    ByteBuffer plain = loop.plain.clear();
    SSLEngineResult result = engine.unwrap(in, plain);
    secured(result);
    deliver(plain.flip());
    switch (result.getStatus()) {
      case BUFFER_UNDERFLOW -> {
        return false;
      }
      case CLOSED -> {
        ended = true;
        endedCleanly = true;
        in.position(in.limit());
        tellEnd();
        return false;
      }
      case BUFFER_OVERFLOW -> throw new SSLException("a record is too long");
      default -> {
        return true;
      }
    }
  }

  private void secured(SSLEngineResult result) throws SSLException {
    if (result.getHandshakeStatus() == HandshakeStatus.FINISHED && state == State.SECURING) {
      state = State.OPEN;
      protocol.opened();
    } else if (state == State.OPEN
        && result.getHandshakeStatus() == HandshakeStatus.NEED_TASK
        && engine.getSession().getProtocol().equals("TLSv1.2")) {
      throw new SSLException("it wants to negotiate anew");
    }
  }

  private void calculate() {
    calculating = true;
    boolean taken =
        shared.workers.execute(
            null,
            () -> {
              for (Runnable task = engine.getDelegatedTask();
                  task != null;
                  task = engine.getDelegatedTask()) {
                task.run();
              }
              loop.execute(this::calculated);
            });
    if (!taken) {
      throw new IllegalStateException("the device door closes");
    }
  }

  private void calculated() {
    calculating = false;
    if (state == State.CLOSED) {
      return;
    }
    try {
      decrypt();
      tellEnd();
    } catch (IOException e) {
      abort(e);
    } catch (RuntimeException e) {
      failed(e);
    }
  }

  private void interest() {
    if (state == State.CLOSED || state == State.CONNECTING || !key.isValid()) {
      return;
    }
    int operations = 0;
    if (!ended && held == null && !calculating) {
      operations |= SelectionKey.OP_READ;
    }
    if (unsent != null) {
      operations |= SelectionKey.OP_WRITE;
    }
    if (key.interestOps() != operations) {
      key.interestOps(operations);
    }
  }

  /**
   * Sends bytes, from any thread.
   *
   * @param bytes from position 0; not to be changed any more
   * @param most bytes that may wait already
   * @return false if closed, or too much waits here or on all connections
   */
  boolean send(ByteBuffer bytes, int most) {
    int size = bytes.limit() + OVERHEAD;
    if (shut || pending.get() > most || !shared.sending.take(size)) {
      return false;
    }
    pending.addAndGet(size);
    if (loop.onThread()) {
      enqueue(bytes);
    } else {
      loop.execute(() -> enqueue(bytes));
    }
    return true;
  }

  private void enqueue(ByteBuffer bytes) {
    if (state == State.CLOSED) {
      shared.sending.give(bytes.limit() + OVERHEAD);
      return;
    }
    queue.add(bytes);
    if (!flushing) {
      flushing = true;
      loop.execute(
          () -> {
            flushing = false;
            flushed();
          });
    }
  }

  private void flushed() {
    if (state == State.CLOSED || state == State.CONNECTING) {
      return;
    }
    try {
      flush();
    } catch (IOException e) {
      abort(e);
    }
  }

  private void flush() throws IOException {
    while (state != State.CLOSED && state != State.CONNECTING) {
      if (unsent != null) {
        if (channel.write(unsent) > 0) {
          loop.arm(deadline, STALL_NANOS);
        }
        if (unsent.hasRemaining()) {
          break;
        }
        unsent = null;
        loop.cancel(deadline);
      }
      ByteBuffer out = loop.out.clear();
      if (engine == null) {
        fill(out);
      } else {
        encrypt(out);
      }
      if (!out.flip().hasRemaining()) {
        break;
      }
      channel.write(out);
      if (out.hasRemaining()) {
        unsent = ByteBuffer.allocate(out.remaining()).put(out).flip();
        loop.arm(deadline, STALL_NANOS);
        break;
      }
    }
    if (state == State.FINISHING && unsent == null && queue.isEmpty()) {
      linger();
    }
    interest();
  }

  private void fill(ByteBuffer out) {
    while (out.position() < WRITE && !queue.isEmpty()) {
      ByteBuffer first = queue.peek();
      int count = Math.min(first.remaining(), WRITE - out.position());
      out.put(out.position(), first, first.position(), count);
      out.position(out.position() + count);
      first.position(first.position() + count);
      sent(first);
    }
  }

  private void sent(ByteBuffer first) {
    if (!first.hasRemaining()) {
      queue.poll();
      int size = first.limit() + OVERHEAD;
      pending.addAndGet(-size);
      shared.sending.give(size);
    }
  }

  private void encrypt(ByteBuffer out) throws IOException {
    while (out.remaining() > RECORD && !calculating) {
      HandshakeStatus status = engine.getHandshakeStatus();
      boolean handshake = status == HandshakeStatus.NEED_WRAP;
      if (!handshake
          && (queue.isEmpty()
              || state == State.SECURING
              || status == HandshakeStatus.NEED_TASK
              || engine.isOutboundDone())) {
        return;
      }
      // While a handshake wants to write, it takes nothing of the data.
      ByteBuffer first = queue.isEmpty() ? ByteBuffer.allocate(0) : queue.peek();
      SSLEngineResult result = engine.wrap(first, out);
      if (!queue.isEmpty()) {
        sent(first);
      }
      secured(result);
      if (result.getStatus() == SSLEngineResult.Status.CLOSED
          || (result.bytesProduced() == 0 && result.bytesConsumed() == 0)) {
        return;
      }
    }
  }

  /** Closes once everything is sent. */
  void finish() {
    if (state == State.CONNECTING || state == State.SECURING) {
      abort(null);
    } else if (state == State.OPEN) {
      shut = true;
      state = State.FINISHING;
      held = null;
      cipher = null;
      loop.execute(this::flushed);
      interest();
    }
  }

  /** Says goodbye and waits a little, so that the peer reads the last answer (RFC 9112 §9.6). */
  private void linger() throws IOException {
    if (engine != null && !engine.isOutboundDone()) {
      engine.closeOutbound();
      ByteBuffer out = loop.out.clear();
      engine.wrap(ByteBuffer.allocate(0), out);
      channel.write(out.flip()); // If the network is full the peer has to do without.
    }
    state = State.LINGERING;
    if (ended) {
      abort(null);
    } else {
      channel.shutdownOutput();
      loop.arm(deadline, LINGER_NANOS);
    }
  }

  private void failed(RuntimeException e) {
    LOG.error("A connection of the device door failed and is closed.", e);
    abort(new IOException("it could not be served", e));
  }

  /** Closes at once. */
  void abort(Exception why) {
    if (state == State.CLOSED) {
      return;
    }
    state = State.CLOSED;
    shut = true;
    loop.cancel(deadline);
    int size = 0;
    for (ByteBuffer waiting : queue) {
      size += waiting.limit() + OVERHEAD;
    }
    shared.sending.give(size);
    queue.clear();
    held = null;
    cipher = null;
    unsent = null;
    try {
      channel.close();
    } catch (IOException e) {
      // Nothing to save: the socket is being thrown away.
    }
    protocol.closed(why);
  }
}
