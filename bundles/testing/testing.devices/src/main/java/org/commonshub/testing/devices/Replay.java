package org.commonshub.testing.devices;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * A trace as it is sent with faults in it: a list of actions, the same for the same seed. Nothing
 * is sent here; {@link ReplayDevice} does that, or a test of its own.
 */
public final class Replay {
  private static final int MOST_NOISE = 40;
  private static final int LATE_MILLIS = 60;

  /** What the device does. */
  public sealed interface Action permits Send, Pause, HangUp, Await {}

  /** Sends bytes at once. */
  public static final class Send implements Action {
    private final byte[] bytes;

    Send(byte[] bytes) {
      this.bytes = bytes;
    }

    /** The bytes. */
    public byte[] bytes() {
      return bytes.clone();
    }
  }

  /** Waits. */
  public record Pause(int millis) implements Action {}

  /** Breaks the connection and waits for another. */
  public record HangUp() implements Action {}

  /** Waits until these bytes have come in. */
  public static final class Await implements Action {
    private final byte[] request;

    Await(byte[] request) {
      this.request = request;
    }

    /** The bytes. */
    public byte[] request() {
      return request.clone();
    }
  }

  private final List<ReplayFault> faults;
  private final double share;
  private final Random random;
  private final List<Action> actions = new ArrayList<>();

  private Replay(Set<ReplayFault> faults, double share, long seed) {
    this.faults = faults.stream().sorted().toList();
    this.share = share;
    this.random = new Random(seed);
  }

  /**
   * The actions that play a trace.
   *
   * @param faults what goes wrong
   * @param share of the messages it happens to, 0 … 1
   * @param seed which of them, and how
   */
  public static List<Action> of(Trace trace, Set<ReplayFault> faults, double share, long seed) {
    Replay replay = new Replay(faults, share, seed);
    replay.run(trace.steps());
    return List.copyOf(replay.actions);
  }

  private void run(List<Trace.Step> steps) {
    for (int i = 0; i < steps.size(); i++) {
      Trace.Step step = steps.get(i);
      if (step.waitMillis() > 0) {
        actions.add(new Pause(step.waitMillis()));
      }
      step.request().ifPresent(request -> actions.add(new Await(request)));
      byte[] message = step.message();
      ReplayFault fault =
          faults.isEmpty() || random.nextDouble() >= share
              ? ReplayFault.NONE
              : faults.get(random.nextInt(faults.size()));
      boolean pair = fault == ReplayFault.MERGED || fault == ReplayFault.REORDERED;
      if (pair && (i + 1 == steps.size() || steps.get(i + 1).request().isPresent())) {
        fault = ReplayFault.NONE;
      }
      if (message.length < 2 && fault != ReplayFault.REPEATED) {
        fault = ReplayFault.NONE;
      }
      switch (fault) {
        case MERGED -> send(join(message, steps.get(++i).message()));
        case REORDERED -> {
          send(steps.get(++i).message());
          send(message);
        }
        case DISCONNECT -> {
          int at = inside(message);
          send(Arrays.copyOf(message, at));
          actions.add(new HangUp());
          byte[] later = steps.get((i + 1) % steps.size()).message();
          if (random.nextBoolean() && later.length > 1) {
            // From where the other one broke: glued together they may look whole.
            send(Arrays.copyOfRange(later, Math.min(at, later.length - 1), later.length));
          }
        }
        default -> one(message, fault);
      }
    }
  }

  private void one(byte[] message, ReplayFault fault) {
    switch (fault) {
      case LATE -> {
        int at = inside(message);
        send(Arrays.copyOf(message, at));
        actions.add(new Pause(LATE_MILLIS));
        send(Arrays.copyOfRange(message, at, message.length));
      }
      case CUT -> {
        int at = inside(message);
        send(
            random.nextBoolean()
                ? Arrays.copyOf(message, at)
                : Arrays.copyOfRange(message, at, message.length));
      }
      case LOST -> {
        int at = inside(message);
        int count = Math.min(1 + random.nextInt(8), message.length - at);
        send(
            join(
                Arrays.copyOf(message, at),
                Arrays.copyOfRange(message, at + count, message.length)));
      }
      case STUTTERED -> {
        int at = inside(message);
        int count = Math.min(1 + random.nextInt(8), message.length - at);
        send(
            join(
                Arrays.copyOf(message, at + count),
                Arrays.copyOfRange(message, at, message.length)));
      }
      case REPEATED -> {
        send(message);
        send(message);
      }
      case CORRUPTED -> {
        message[random.nextInt(message.length)] ^= (byte) (1 << random.nextInt(8));
        send(message);
      }
      case GARBLED -> {
        int at = random.nextInt(message.length);
        for (int i = at; i < Math.min(at + 4, message.length); i++) {
          message[i] = (byte) random.nextInt(256);
        }
        send(message);
      }
      case SHUFFLED -> {
        int half = 1 + random.nextInt(Math.min(8, message.length / 2));
        int at = random.nextInt(message.length - 2 * half + 1);
        for (int i = at; i < at + half; i++) {
          byte kept = message[i];
          message[i] = message[i + half];
          message[i + half] = kept;
        }
        send(message);
      }
      case NOISE -> {
        byte[] noise = new byte[1 + random.nextInt(MOST_NOISE)];
        random.nextBytes(noise);
        send(noise);
        send(message);
      }
      case SPLIT -> {
        for (byte each : message) {
          send(new byte[] {each});
        }
      }
      default -> send(message);
    }
  }

  private int inside(byte[] message) {
    return 1 + random.nextInt(message.length - 1);
  }

  private void send(byte[] bytes) {
    actions.add(new Send(bytes));
  }

  private static byte[] join(byte[] first, byte[] second) {
    ByteArrayOutputStream both = new ByteArrayOutputStream();
    both.writeBytes(first);
    both.writeBytes(second);
    return both.toByteArray();
  }
}
