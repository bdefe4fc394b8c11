package org.commonshub.apps.licence;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.function.LongSupplier;
import org.commonshub.apps.desk.api.TrustedTime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link TrustedTime} from a high-water mark on disk and a monotonic clock. Knows no wall clock.
 * Beside the time it keeps how long the hub ran in all, which nobody's word moves.
 */
final class TrustedTimeClock implements TrustedTime {
  /** The mark on disk is never older, so a kill loses no more. */
  static final Duration SAVE = Duration.ofMinutes(10);

  /** Bounds that move time further than that are saved at once: a kill must not lose them. */
  private static final Duration JUMP = Duration.ofSeconds(10);

  private static final Duration TOLD = Duration.ofDays(1);
  private static final Logger LOG = LoggerFactory.getLogger(TrustedTimeClock.class);

  /**
   * Time as of one reading of the monotonic clock.
   *
   * @param time trusted time
   * @param ran how long the hub ran until then, in all
   */
  record Mark(Instant time, Duration ran) {
    static final Mark NONE = new Mark(Instant.EPOCH, Duration.ZERO);

    byte[] encode() {
      return (time + " " + ran).getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Reads it.
     *
     * @throws IOException if it is none
     */
    static Mark decode(byte[] bytes) throws IOException {
      String[] parts = new String(bytes, StandardCharsets.UTF_8).split(" ", -1);
      try {
        if (parts.length == 2 && bytes.length <= 100) {
          Mark mark = new Mark(Instant.parse(parts[0]), Duration.parse(parts[1]));
          if (!mark.time().isBefore(Instant.EPOCH)
              && mark.time().isBefore(Fields.LAST)
              && !mark.ran().isNegative()) {
            return mark;
          }
        }
      } catch (DateTimeException e) {
        throw new IOException("The mark of trusted time is not an instant and a duration", e);
      }
      throw new IOException("The mark of trusted time is not an instant and a duration");
    }
  }

  private final LongSupplier nanos;
  private final Store store;
  private final Object saving = new Object();

  private Mark base;
  private long baseNanos;
  private Mark saved;
  private boolean failing;

  /** Goes on from the mark on disk; from 1970 if there is none, until somebody says better. */
  TrustedTimeClock(LongSupplier nanos, Store store) {
    this.nanos = nanos;
    this.store = store;
    Mark mark = Mark.NONE;
    try {
      byte[] bytes = store.read().orElse(null);
      mark = bytes == null ? mark : Mark.decode(bytes);
    } catch (IOException e) {
      LOG.warn(
          "The mark of trusted time cannot be read; time goes on from the newest licence or"
              + " catalogue.",
          e);
    }
    this.base = mark;
    this.saved = mark;
    this.baseNanos = nanos.getAsLong();
  }

  @Override
  public Instant now() {
    return mark().time();
  }

  /** How long the hub ran, over all starts. */
  Duration ran() {
    return mark().ran();
  }

  /** Both, of one moment. */
  synchronized Mark mark() {
    Duration since = Duration.ofNanos(Math.max(0, nanos.getAsLong() - baseNanos));
    return new Mark(base.time().plus(since), base.ran().plus(since));
  }

  /** Whether anybody ever said what time it is. */
  boolean known() {
    return !now().isBefore(Fields.FIRST);
  }

  @Override
  public void atLeast(Instant bound, String source) {
    if (!bound.isBefore(Fields.LAST)) {
      LOG.warn("{} says that it is {}; nothing after 2100 is believed.", source, bound);
      return;
    }
    Duration jump;
    synchronized (this) {
      Mark mark = mark();
      jump = Duration.between(mark.time(), bound);
      if (jump.isNegative() || jump.isZero()) {
        return;
      }
      set(new Mark(bound, mark.ran()));
    }
    if (jump.compareTo(TOLD) > 0) {
      LOG.info("Trusted time went on to {}, as {} says.", bound, source);
    }
    if (jump.compareTo(JUMP) > 0) {
      save();
    }
  }

  /** From a backup: only ever moves on. */
  void restore(Mark old) {
    synchronized (this) {
      Mark mark = mark();
      set(
          new Mark(
              old.time().isAfter(mark.time()) ? old.time() : mark.time(),
              old.ran().compareTo(mark.ran()) > 0 ? old.ran() : mark.ran()));
    }
    save();
  }

  private synchronized void set(Mark mark) {
    base = mark;
    baseNanos = nanos.getAsLong();
  }

  /** Saves if the mark on disk would be too old at the next call, a minute from now. */
  void saveIfDue() {
    Duration age = ran().minus(saved().ran());
    if (age.plusSeconds(60).compareTo(SAVE) >= 0) {
      save();
    }
  }

  private synchronized Mark saved() {
    return saved;
  }

  /** Saves; one warning until it works again. */
  void save() {
    synchronized (saving) {
      Mark mark = mark();
      try {
        store.write(mark.encode());
        synchronized (this) {
          saved = mark;
        }
        failing = false;
      } catch (IOException e) {
        if (!failing) {
          LOG.warn("The mark of trusted time cannot be saved; it is tried every minute.", e);
        }
        failing = true;
      }
    }
  }
}
