package org.commonshub.ledger.outbox;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import org.commonshub.ledger.api.Submission;
import org.commonshub.ledger.api.SubmissionKind;
import org.commonshub.platform.api.HubClock;

/**
 * An outbox in a process of its own, made to be killed: {@code DIRECTORY PORT FIRST}. Takes root
 * after root and says so on standard output, {@code TRY n} before and {@code ACK n} when durable.
 */
final class OutboxProcess {
  /** Time passes quickly, so that a short life sees every step. */
  static final class FastClock implements HubClock {
    private final long start;
    private final int speed;

    /**
     * A clock.
     *
     * @param speed how often faster than others
     * @param nanos how long ago, by others, it started
     */
    FastClock(int speed, long nanos) {
      this.start = System.nanoTime() - nanos;
      this.speed = speed;
    }

    @Override
    public Instant now() {
      return Instant.parse("2026-01-15T12:00:00Z").plusNanos(monotonicNanos());
    }

    @Override
    public long monotonicNanos() {
      return (System.nanoTime() - start) * speed;
    }

    @Override
    public int epoch() {
      return 1;
    }

    @Override
    public Quality quality() {
      return Quality.SYNCHRONISED;
    }
  }

  private OutboxProcess() {}

  public static void main(String[] args) throws Exception {
    int number = Integer.parseInt(args[2]);
    Outbox outbox =
        new Outbox(
            "remote", Path.of(args[0]), new FastClock(200, 0), Duration.ofHours(1), status -> {});
    outbox.client(new RemoteLedger.Client(Integer.parseInt(args[1])));
    for (long turn = 0; ; turn++) {
      if (turn % 4 == 0) {
        System.out.print("TRY " + number + "\n");
        outbox.submit(submission("s/" + number));
        System.out.print("ACK " + number + "\n");
        number++;
      }
      if (turn == 8) {
        System.out.println("READY"); // Warm: what follows is quick.
      }
      if (outbox.step() > 0) {
        Thread.onSpinWait();
      }
    }
  }

  /** A root of that key. */
  static Submission submission(String key) throws Exception {
    byte[] digest =
        MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
    return new Submission(key, SubmissionKind.ROOT, digest, new byte[0]);
  }
}
