package org.commonshub.history.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CodecTest {
  static Stream<long[]> runs() {
    Random random = new Random(7);
    return Stream.of(
        new long[0],
        new long[] {Long.MIN_VALUE},
        new long[] {Long.MIN_VALUE, Long.MAX_VALUE, 0, -1, Long.MAX_VALUE, Long.MIN_VALUE},
        random.longs(1000).toArray(),
        random.longs(1000, 0, 4096).toArray(),
        random.longs(129, -5, 5).toArray(),
        java.util.stream.LongStream.range(0, 300).map(i -> i * i * i).toArray(),
        java.util.stream.LongStream.range(0, 128).map(i -> 1_700_000_000_000L + i * 1000).toArray(),
        random.longs(257).map(v -> v >> 1).toArray());
  }

  @ParameterizedTest
  @MethodSource("runs")
  void integersSurvive(long[] values) throws Exception {
    Out out = new Out(1);
    Longs.encode(out, values, values.length);
    In in = new In(out.bytes, 0, out.length);
    assertThat(Longs.decode(in, values.length)).isEqualTo(values);
    assertThat(in.position).isEqualTo(out.length);
  }

  @Test
  void noiseTakesItsBits() {
    long[] noise = new Random(1).longs(4096, 0, 4096).toArray();
    Out out = new Out(1);
    Longs.encode(out, noise, noise.length);
    assertThat(out.length).isLessThan(4096 * 12 / 8 + 32 * 6);
  }

  static ReadingFrame frame(int i, Measurement... values) {
    return new ReadingFrame(
        StoreTest.DEVICE, 3, Instant.ofEpochMilli(1_700_000_000_000L + i), i, 9, List.of(values));
  }

  @Test
  void chunksKeepEveryFormOfANumber() throws Exception {
    Quantity a = Quantity.ACTIVE_POWER;
    Quantity b =
        Quantity.custom(
            "x-a.b",
            org.commonshub.measure.api.Commodity.NONE,
            org.commonshub.measure.api.Unit.ONE,
            org.commonshub.measure.api.Phase.L1,
            org.commonshub.measure.api.Nature.STATE);
    List<ReadingFrame> frames =
        List.of(
            frame(1, Measurement.of(a, 2300, -1), Measurement.of(b, 5, 0)),
            frame(2, Measurement.of(a, 230, 0), Measurement.of(b, 0, 18)),
            frame(
                3,
                Measurement.of(a, new BigDecimal("230.25"), new Quality(0x40000011)),
                Measurement.of(b, Long.MIN_VALUE, -18)),
            new ReadingFrame(
                StoreTest.DEVICE,
                3,
                Instant.ofEpochMilli(5),
                4,
                9,
                0,
                List.of(Measurement.of(a, 0, -3), Measurement.of(b, Long.MAX_VALUE, 18)),
                Map.of(
                    "i",
                    1,
                    "l",
                    2L,
                    "d",
                    2.5,
                    "t",
                    true,
                    "big",
                    new BigInteger("99999999999999999999"),
                    "dec",
                    new BigDecimal("1.10"),
                    "text",
                    "ü",
                    "list",
                    List.of("x", Map.of("y", 1)))));
    Rows rows = new Rows(StreamKey.of(frames.get(0)), 2);
    frames.forEach(rows::add);
    Rows back = Chunk.decode(Chunk.encode(rows), q -> true);
    for (int i = 0; i < frames.size(); i++) {
      assertThat(back.frame(i)).isEqualTo(frames.get(i));
    }
    Out out = new Out(16);
    JournalCoder coder = new JournalCoder(out);
    for (int i = 0; i < frames.size(); i++) {
      coder.frame(rows, i);
    }
    List<Object> journalled = new java.util.ArrayList<>();
    JournalCoder.decode(out.toBytes(), journalled::add);
    assertThat(journalled).isEqualTo(frames);
  }

  @Test
  void hostileBytesAreRefusedNotBelieved() throws Exception {
    Rows rows = new Rows(StreamKey.of(frame(1, Measurement.of(Quantity.VOLTAGE, 1, 0))), 2);
    Random random = new Random(3);
    for (int i = 0; i < 500; i++) {
      rows.add(
          frame(i, Measurement.of(Quantity.VOLTAGE, random.nextInt(5000), -random.nextInt(3))));
    }
    byte[] good = Chunk.encode(rows);
    for (int i = 0; i < 20_000; i++) {
      byte[] bad =
          Arrays.copyOf(good, random.nextInt(10) == 0 ? random.nextInt(good.length) : good.length);
      for (int flips = 1 + random.nextInt(4); flips > 0 && bad.length > 0; flips--) {
        bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
      }
      // With the checksum made right again, so that the decoder itself has to cope.
      if (bad.length > 8) {
        Out sealed = new Out(bad.length);
        sealed.raw(bad, 0, bad.length - 4);
        bad = Chunk.sealed(sealed);
      }
      byte[] hostile = bad;
      try {
        Chunk.decode(hostile, q -> true);
        Points.decode(hostile);
        DeviceState.decode(hostile);
      } catch (Damaged expected) {
        assertThat(expected.getMessage()).isNotBlank();
      }
      try {
        JournalCoder.decode(hostile, r -> {});
      } catch (java.io.IOException expected) {
        assertThat(expected.getMessage()).isNotBlank();
      }
    }
    assertThatThrownBy(() -> Chunk.decode(Arrays.copyOf(good, good.length - 1), q -> true))
        .isInstanceOf(Damaged.class);
  }

  @Test
  void pagesKeepTheirPoints() throws Exception {
    Points points = new Points();
    Random random = new Random(5);
    for (int i = 0; i < 480; i++) {
      double v = random.nextInt(100_000) / 10.0;
      points.add(i * 60_000L, v, v + 0.05, v + 1, v, v + 0.1, i == 7 ? Math.PI : 0.25, 60, i % 3);
    }
    Points back =
        Points.decode(points.encode(StoreTest.DEVICE, Quantity.VOLTAGE, Level.MINUTE)).points();
    for (int i = 0; i < 480; i++) {
      assertThat(back.point(i).min()).isEqualTo(points.point(i).min());
      assertThat(back.point(i).last()).isEqualTo(points.point(i).last());
      assertThat(back.point(i).mean()).isCloseTo(points.point(i).mean(), StoreTest.within(1e-4));
      assertThat(back.point(i).count()).isEqualTo(60);
    }
  }
}
