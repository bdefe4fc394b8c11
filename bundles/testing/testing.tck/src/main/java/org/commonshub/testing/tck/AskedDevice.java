package org.commonshub.testing.tck;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntFunction;
import org.commonshub.metering.api.Endpoint;

/**
 * A device of {@link DriverTck} on a loopback port that answers requests of any protocol, and goes
 * wrong in every way of {@link Fault}.
 */
public final class AskedDevice extends FaultyServer {
  /** Time after which a late answer is sent, longer than the time-out of the driver under test. */
  static final Duration LATE = Duration.ofMillis(DriverTck.TIMEOUT_MS + 70);

  private static final Duration DRIP = Duration.ofMillis(30);
  private static final int MOST_REQUEST = 64 * 1024;

  /** What a device answers while it shows certain values. */
  @FunctionalInterface
  public interface Answers {
    /**
     * Answers.
     *
     * @param received bytes that came in since the last answer
     * @return the answer once the request is whole, of no bytes if it gives none; empty before
     */
    Optional<byte[]> answer(byte[] received);

    /**
     * What another unit ({@link Fault#WRONG_UNIT}) or another function ({@link
     * Fault#WRONG_FUNCTION}) would answer, with other values; silence unless overridden.
     */
    default byte[] wrong(Fault fault, byte[] received) {
      return new byte[0];
    }
  }

  private final IntFunction<Answers> steps;
  private final Answers sparse;
  private final Random random = new Random(7);
  private volatile Answers answers;

  /**
   * Starts it, serving step 0.
   *
   * @param steps answers of a step
   * @param sparse answers of a device that lacks something
   */
  public AskedDevice(IntFunction<Answers> steps, Answers sparse) throws IOException {
    this.steps = steps;
    this.sparse = sparse;
    this.answers = steps.apply(0);
    listen();
  }

  /** Starts a device that lacks nothing. */
  public AskedDevice(IntFunction<Answers> steps) throws IOException {
    this(steps, steps.apply(0));
  }

  @Override
  public Endpoint endpoint() {
    return Endpoint.parse("tcp://127.0.0.1:" + port());
  }

  @Override
  public void serve(int step) {
    answers = steps.apply(step);
  }

  @Override
  public void serveSparse() {
    answers = sparse;
  }

  @Override
  void serve(Socket connection) throws IOException, InterruptedException {
    InputStream in = connection.getInputStream();
    ByteArrayOutputStream received = new ByteArrayOutputStream();
    boolean turn = false;
    for (int next = in.read(); next >= 0 && received.size() < MOST_REQUEST; next = in.read()) {
      received.write(next);
      byte[] request = received.toByteArray();
      // One moment for the whole answer.
      Answers now = answers;
      Optional<byte[]> good = now.answer(request);
      if (good.isPresent()) {
        received.reset();
        turn = !turn;
        answer(connection, now, request, good.get(), turn);
      }
    }
  }

  private void answer(Socket connection, Answers now, byte[] request, byte[] good, boolean turn)
      throws IOException, InterruptedException {
    OutputStream out = connection.getOutputStream();
    if (good.length == 0) {
      return;
    }
    switch (fault()) {
      case NONE -> out.write(good);
      case LATE -> {
        Thread.sleep(LATE.toMillis());
        out.write(good);
      }
      case SHORT -> out.write(Arrays.copyOf(good, turn ? good.length / 2 : good.length - 1));
      case DUPLICATE -> {
        out.write(good);
        if (turn) {
          Thread.sleep(1);
        }
        out.write(good);
      }
      case WRONG_UNIT, WRONG_FUNCTION -> out.write(now.wrong(fault(), request));
      case GARBAGE -> {
        byte[] garbage = new byte[turn ? good.length : 3];
        random.nextBytes(garbage);
        out.write(garbage);
      }
      case CORRUPTED -> {
        good[random.nextInt(good.length)] ^= (byte) (1 << random.nextInt(8));
        out.write(good);
      }
      case HALF_OPEN, REFUSE -> {}
      case SLOW_DRIP -> {
        for (byte one : good) {
          out.write(one);
          Thread.sleep(DRIP.toMillis());
        }
      }
      case RESET -> {
        out.write(good, 0, good.length / 2);
        reset(connection);
      }
    }
  }
}
