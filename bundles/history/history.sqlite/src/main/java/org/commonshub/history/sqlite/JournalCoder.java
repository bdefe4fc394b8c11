package org.commonshub.history.sqlite;

import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.commonshub.measure.api.Gap;
import org.commonshub.measure.api.MeterRecord;

/**
 * Contents of one journal record: streams are described once, then frames as differences from the
 * stream's previous frame in the same record. Each record can be read alone.
 */
final class JournalCoder {
  private static final int STREAM = 1;
  private static final int FRAME = 2;
  private static final int GAP = 3;
  private static final int EXPONENTS = 1;
  private static final int QUALITIES = 2;
  private static final int EXTRAS = 4;

  private static final class State {
    int number;
    int previous = -1;
  }

  private final Out out;
  private final Map<Rows, State> states = new HashMap<>();
  private Rows lastRows;
  private State lastState;

  JournalCoder(Out out) {
    this.out = out;
  }

  void frame(Rows rows, int row) {
    State state = rows == lastRows ? lastState : states.get(rows);
    if (state == null) {
      state = new State();
      state.number = states.size();
      states.put(rows, state);
      out.u8(STREAM);
      rows.key.write(out);
    }
    lastRows = rows;
    lastState = state;
    int p = state.previous;
    int flags = 0;
    for (Rows.Column c : rows.columns) {
      if (c.exponent(row) != (p < 0 ? 0 : c.exponent(p))) {
        flags |= EXPONENTS;
      }
      if (c.quality(row) != (p < 0 ? 0 : c.quality(p))) {
        flags |= QUALITIES;
      }
    }
    if (rows.extras != null && rows.extras[row] != null) {
      flags |= EXTRAS;
    }
    out.u8(FRAME);
    out.uvar(state.number);
    out.u8(flags);
    out.svar(rows.times[row] - (p < 0 ? 0 : rows.times[p]));
    out.svar(rows.sequences[row] - (p < 0 ? 0 : rows.sequences[p]));
    for (Rows.Column c : rows.columns) {
      out.svar(c.mantissas[row] - (p < 0 ? 0 : c.mantissas[p]));
    }
    if ((flags & EXPONENTS) != 0) {
      for (Rows.Column c : rows.columns) {
        out.u8(c.exponent(row));
      }
    }
    if ((flags & QUALITIES) != 0) {
      for (Rows.Column c : rows.columns) {
        out.svar(c.quality(row));
      }
    }
    if ((flags & EXTRAS) != 0) {
      Chunk.object(out, rows.extras[row]);
    }
    state.previous = row;
  }

  void gap(Gap gap) {
    out.u8(GAP);
    StreamKey.uuid(out, gap.device());
    out.svar(gap.from().toEpochMilli());
    out.svar(gap.to().toEpochMilli());
    out.uvar(gap.reason().ordinal());
  }

  /** Takes what was decoded, in order. */
  interface Taker {
    void take(MeterRecord record) throws IOException;
  }

  static void decode(byte[] payload, Taker taker) throws IOException {
    In in = new In(payload, 0, payload.length);
    List<Rows> streams = new ArrayList<>();
    while (in.position < in.end) {
      int kind = in.u8();
      if (kind == STREAM) {
        streams.add(new Rows(StreamKey.read(in), 2));
      } else if (kind == GAP) {
        taker.take(readGap(in));
      } else if (kind == FRAME) {
        int number = in.size(Integer.MAX_VALUE);
        if (number >= streams.size()) {
          throw new Damaged("frame of unknown stream " + number);
        }
        Rows rows = streams.get(number);
        readFrame(in, rows);
        taker.take(rows.frame(rows.count - 1));
      } else {
        throw new Damaged("unknown item " + kind + " in the journal");
      }
    }
  }

  private static Gap readGap(In in) throws Damaged {
    try {
      return new Gap(
          StreamKey.uuid(in),
          Instant.ofEpochMilli(in.svar()),
          Instant.ofEpochMilli(in.svar()),
          Gap.Reason.values()[in.size(Gap.Reason.values().length - 1)]);
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new Damaged(e.getMessage());
    }
  }

  /** Decodes one frame; the stream's Rows holds it and the one before. */
  private static void readFrame(In in, Rows rows) throws Damaged {
    int p = rows.count - 1;
    Rows next = new Rows(rows.key, 1);
    int flags = in.u8();
    next.times[0] = (p < 0 ? 0 : rows.times[p]) + in.svar();
    next.sequences[0] = (p < 0 ? 0 : rows.sequences[p]) + in.svar();
    int n = rows.columns.length;
    long[] mantissas = new long[n];
    int[] exponents = new int[n];
    int[] qualities = new int[n];
    for (int i = 0; i < n; i++) {
      mantissas[i] = (p < 0 ? 0 : rows.columns[i].mantissas[p]) + in.svar();
      exponents[i] = p < 0 ? 0 : rows.columns[i].exponent(p);
      qualities[i] = p < 0 ? 0 : rows.columns[i].quality(p);
    }
    if ((flags & EXPONENTS) != 0) {
      for (int i = 0; i < n; i++) {
        exponents[i] = (byte) in.u8();
        if (exponents[i] < -18 || exponents[i] > 18) {
          throw new Damaged("exponent " + exponents[i]);
        }
      }
    }
    if ((flags & QUALITIES) != 0) {
      for (int i = 0; i < n; i++) {
        qualities[i] = in.i32var();
      }
    }
    for (int i = 0; i < n; i++) {
      next.columns[i].set(0, mantissas[i], exponents[i], qualities[i]);
    }
    if ((flags & EXTRAS) != 0) {
      next.extras = new Object[] {Chunk.extras(in)};
    }
    next.count = 1;
    rows.truncate(0);
    rows.add(next, 0);
  }
}
