package org.commonshub.history.sqlite;

import java.time.ZoneId;
import org.commonshub.measure.api.Nature;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;

/**
 * Rolls one series up, value by value in order of time, to all four levels at once.
 *
 * <ul>
 *   <li>Instantaneous: a value holds until the next one, but not longer than {@value #HOLD_MS} ms
 *       and not into a recorded gap; the mean is weighted by that time.
 *   <li>Register: steps up count. A step between values in adjacent intervals is split at the
 *       border in proportion to time; one over an outage belongs to the interval in which it was
 *       seen. A drop counts nothing: if the next other value is back above the old one, the drop
 *       was a glitch and the step from the old value counts; if not, the meter was reset and
 *       counting goes on from the new value. Full-scale rollover counts through. A new meter epoch
 *       starts afresh.
 *   <li>Interval: summed. State: last value.
 * </ul>
 *
 * Values flagged out of range leave only their flag. Not thread-safe.
 */
final class Roll {
  /** How long an instantaneous value is taken to hold. */
  static final long HOLD_MS = 900_000;

  static final long NEVER = Long.MIN_VALUE;

  /** Receives a closed interval. */
  interface Sink {
    void closed(
        Level level,
        long start,
        double min,
        double mean,
        double max,
        double first,
        double last,
        double delta,
        long count,
        int quality);
  }

  /** The open interval of one level. */
  static final class Open {
    long start = NEVER;
    long end = NEVER;
    double min;
    double max;
    double first;
    double last;
    double sum;
    double integral;
    double delta;
    long weight;
    long count;
    int quality;

    double mean() {
      return weight > 0 ? integral / weight : sum / count;
    }
  }

  final Quantity quantity;
  long lastTime = NEVER;
  double lastValue;
  long cut = Long.MAX_VALUE;
  int meterEpoch;
  boolean hasBase;
  double base;
  double low = Double.NaN;
  final Open[] open = {new Open(), new Open(), new Open(), new Open()};

  Roll(Quantity quantity) {
    this.quantity = quantity;
  }

  /** A recorded gap: what was read before it does not hold into it. */
  void gap(long from) {
    if (lastTime != NEVER && from > lastTime) {
      cut = Math.min(cut, from);
    }
  }

  void add(long time, int epoch, double value, int exponent, int quality, ZoneId zone, Sink sink) {
    if ((quality & Quality.OUT_OF_RANGE) != 0) {
      for (Open o : open) {
        if (time < o.end) {
          o.quality |= quality;
        }
      }
      return;
    }
    Nature nature = quantity.nature();
    double step = nature == Nature.REGISTER ? step(epoch, value, exponent) : 0;
    boolean holds = nature == Nature.INSTANTANEOUS && lastTime != NEVER;
    long holdsTo = holds ? Math.min(Math.min(time, lastTime + HOLD_MS), cut) : NEVER;
    for (int i = 0; i < open.length; i++) {
      Open o = open[i];
      if (holds) {
        weigh(o, lastTime, Math.min(holdsTo, o.end));
      }
      double mine = step;
      if (time >= o.end) {
        Level level = LEVELS[i];
        long start = level.start(time, zone);
        if (step != 0 && o.end == start && time > lastTime && o.count > 0) {
          double before = step * ((double) (start - lastTime) / (time - lastTime));
          o.delta += before;
          mine -= before;
        }
        close(o, level, sink);
        begin(o, start, level.end(start, zone));
        if (holds) {
          weigh(o, Math.max(start, lastTime), holdsTo);
        }
      }
      if (o.count == 0) {
        o.min = value;
        o.max = value;
        o.first = value;
      } else {
        o.min = Math.min(o.min, value);
        o.max = Math.max(o.max, value);
      }
      o.last = value;
      o.sum += value;
      o.count++;
      o.quality |= quality;
      o.delta += nature == Nature.INTERVAL ? value : mine;
    }
    lastTime = time;
    lastValue = value;
    if (cut <= time) {
      cut = Long.MAX_VALUE;
    }
  }

  private static final Level[] LEVELS = Level.values();

  private void weigh(Open o, long from, long to) {
    if (to > from) {
      o.integral += lastValue * (to - from);
      o.weight += to - from;
    }
  }

  private static void begin(Open o, long start, long end) {
    o.start = start;
    o.end = end;
    o.sum = 0;
    o.integral = 0;
    o.delta = 0;
    o.weight = 0;
    o.count = 0;
    o.quality = 0;
  }

  /** Ends the last intervals of a recomputation whose data ends here. */
  void closeAll(Sink sink) {
    for (int i = 0; i < open.length; i++) {
      close(open[i], LEVELS[i], sink);
    }
  }

  private static void close(Open o, Level level, Sink sink) {
    if (o.count > 0) {
      sink.closed(
          level, o.start, o.min, o.mean(), o.max, o.first, o.last, o.delta, o.count, o.quality);
    }
  }

  private double step(int epoch, double value, int exponent) {
    if (!hasBase || epoch != meterEpoch) {
      hasBase = true;
      meterEpoch = epoch;
      base = value;
      low = Double.NaN;
      return 0;
    }
    double from = base;
    if (value < base) {
      if (Double.isNaN(low)) {
        double full = fullScale(base, value, exponent);
        if (full > 0) {
          base = value;
          return full - from + value;
        }
        low = value;
        return 0;
      }
      if (value <= low) {
        low = value;
        return 0;
      }
      from = low;
    }
    base = value;
    low = Double.NaN;
    return value - from;
  }

  /**
   * Where the register rolled over, or 0: it stood within 1 % below a full scale (a power of ten
   * from 10⁵, 2¹⁶ or 2³² counts) and is within 1 % above zero.
   */
  static double fullScale(double before, double after, int exponent) {
    double count = exponent < 0 ? 1 / Math.pow(10, -exponent) : Math.pow(10, exponent);
    double decimal = Math.pow(10, Math.ceil(Math.log10(Math.max(before, 1)) + 1e-12));
    double[] scales = {decimal >= 1e5 ? decimal : 0, 65_536 * count, 4_294_967_296.0 * count};
    for (double scale : scales) {
      if (before < scale && before >= 0.99 * scale && after <= 0.01 * scale) {
        return scale;
      }
    }
    return 0;
  }

  void write(Out out) {
    out.i64(lastTime);
    out.f64(lastValue);
    out.i64(cut);
    out.svar(meterEpoch);
    out.u8(hasBase ? 1 : 0);
    out.f64(base);
    out.f64(low);
    for (Open o : open) {
      out.i64(o.start);
      out.i64(o.end);
      out.f64(o.min);
      out.f64(o.max);
      out.f64(o.first);
      out.f64(o.last);
      out.f64(o.sum);
      out.f64(o.integral);
      out.f64(o.delta);
      out.uvar(o.weight);
      out.uvar(o.count);
      out.uvar(o.quality & 0xffffffffL);
    }
  }

  static Roll read(In in, Quantity quantity) throws Damaged {
    Roll roll = new Roll(quantity);
    roll.lastTime = in.i64();
    roll.lastValue = in.f64();
    roll.cut = in.i64();
    roll.meterEpoch = in.i32var();
    roll.hasBase = in.u8() == 1;
    roll.base = in.f64();
    roll.low = in.f64();
    for (Open o : roll.open) {
      o.start = in.i64();
      o.end = in.i64();
      o.min = in.f64();
      o.max = in.f64();
      o.first = in.f64();
      o.last = in.f64();
      o.sum = in.f64();
      o.integral = in.f64();
      o.delta = in.f64();
      o.weight = in.uvar();
      o.count = in.uvar();
      o.quality = (int) in.uvar();
    }
    return roll;
  }
}
