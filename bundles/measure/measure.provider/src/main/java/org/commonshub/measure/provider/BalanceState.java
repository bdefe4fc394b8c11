package org.commonshub.measure.provider;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.commonshub.measure.api.CborCodec;
import org.commonshub.measure.api.Commodity;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.Nature;
import org.commonshub.measure.api.Phase;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.measure.api.Unit;

/**
 * What the balance has to know after a restart so that energy counted meanwhile is not lost: where
 * each register stood, what open intervals hold, and the frames published last (published again, in
 * case they were still on their way). A file of CBOR records with a checksum, replaced whole.
 */
final class BalanceState {
  private static final Quantity STEP = custom("x-balance.step");
  private static final Quantity UNCHANGED = custom("x-balance.unchanged-ms");
  private static final Quantity SOURCE = custom("x-balance.source");
  private static final Quantity TAKEN = custom("x-balance.taken");
  private static final Quantity GIVEN = custom("x-balance.given");
  private static final Quantity FLAGS = custom("x-balance.flags");
  private static final long ANCHOR = 1;
  private static final long OPEN = 2;
  private static final long SEALED = 3;

  private BalanceState() {}

  private static Quantity custom(String name) {
    return Quantity.custom(name, Commodity.NONE, Unit.ONE, Phase.TOTAL, Nature.STATE);
  }

  static ReadingFrame anchor(
      DeviceId device, DeviceEnergy energy, RegisterTrack track, Quantity quantity, int source) {
    return new ReadingFrame(
        device,
        energy.meterEpoch(),
        Instant.ofEpochMilli(track.anchorAt()),
        ANCHOR,
        energy.clockEpoch(),
        List.of(
            Measurement.of(quantity, track.anchor(), -3),
            Measurement.of(STEP, track.step(), 0),
            Measurement.of(UNCHANGED, track.anchorAt() - track.changedAt(), 0),
            Measurement.of(SOURCE, source, 0)));
  }

  /** Everything worth keeping of an engine. */
  static List<ReadingFrame> of(BalanceEngine engine) {
    List<ReadingFrame> frames = new ArrayList<>();
    engine.energies().forEach((device, energy) -> frames.addAll(energy.snapshot(device)));
    DeviceId[] current = new DeviceId[1];
    long[] taken = new long[1];
    engine.open(
        (start, given, energy, flags) -> {
          if (!given) {
            taken[0] = energy;
          } else if (start >= 0) {
            frames.add(
                new ReadingFrame(
                    current[0],
                    0,
                    Instant.ofEpochMilli(start),
                    OPEN,
                    0,
                    List.of(
                        Measurement.of(TAKEN, taken[0], 0),
                        Measurement.of(GIVEN, energy, 0),
                        Measurement.of(FLAGS, flags, 0))));
          }
        },
        device -> current[0] = device);
    long closed = engine.closedUntil();
    if (closed > 0) {
      frames.add(
          new ReadingFrame(DeviceId.HOME, 0, Instant.ofEpochMilli(closed), SEALED, 0, List.of()));
    }
    frames.addAll(engine.lately());
    return frames;
  }

  /**
   * Gives an engine back what {@link #of} kept.
   *
   * @return frames to publish again
   */
  static List<ReadingFrame> restore(BalanceEngine engine, List<MeterRecord> records) {
    List<ReadingFrame> lately = new ArrayList<>();
    List<ReadingFrame> open = new ArrayList<>();
    for (MeterRecord record : records) {
      if (!(record instanceof ReadingFrame frame)) {
        continue;
      }
      if (frame.value(Quantity.HOME_PRODUCTION).isPresent()) {
        lately.add(frame);
      } else if (frame.sequence() == ANCHOR) {
        anchor(engine, frame);
      } else if (frame.sequence() == OPEN) {
        open.add(frame);
      } else if (frame.sequence() == SEALED) {
        engine.restoreSealed(frame.instant().toEpochMilli());
      }
    }
    for (ReadingFrame frame : open) {
      long start = frame.instant().toEpochMilli();
      int flags = (int) number(frame, FLAGS);
      engine.restoreOpen(frame.device(), start, false, number(frame, TAKEN), flags);
      engine.restoreOpen(frame.device(), start, true, number(frame, GIVEN), flags);
    }
    return lately;
  }

  private static void anchor(BalanceEngine engine, ReadingFrame frame) {
    DeviceEnergy energy = engine.restoreDevice(frame.device());
    boolean given = frame.value(Quantity.ENERGY_EXPORT).isPresent();
    Optional<Measurement> value =
        frame.value(given ? Quantity.ENERGY_EXPORT : Quantity.ENERGY_IMPORT);
    if (value.isEmpty()) {
      return;
    }
    long at = frame.instant().toEpochMilli();
    (given ? energy.given : energy.taken)
        .restore(value.get().mantissa(), at, at - number(frame, UNCHANGED), number(frame, STEP));
    energy.source(given, (int) number(frame, SOURCE));
    energy.restore(frame.meterEpoch(), frame.clockEpoch(), at);
  }

  private static long number(ReadingFrame frame, Quantity quantity) {
    return frame.value(quantity).map(Measurement::mantissa).orElse(0L);
  }

  /** Replaces the file, durably. */
  static void write(Path file, List<ReadingFrame> frames) throws IOException {
    byte[] body = CborCodec.encode(frames);
    CRC32C crc = new CRC32C();
    crc.update(body);
    ByteBuffer bytes = ByteBuffer.allocate(4 + body.length);
    bytes.putInt((int) crc.getValue()).put(body).flip();
    Files.createDirectories(file.getParent());
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try (FileChannel channel =
        FileChannel.open(
            fresh,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Reads the file; empty if there is none. */
  static List<MeterRecord> read(Path file) throws IOException {
    byte[] bytes;
    try {
      if (Files.size(file) > CborCodec.MAX_BYTES + 4L) {
        throw new IOException("too large");
      }
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return List.of();
    }
    if (bytes.length < 4) {
      throw new IOException("too short");
    }
    byte[] body = Arrays.copyOfRange(bytes, 4, bytes.length);
    CRC32C crc = new CRC32C();
    crc.update(body);
    if (ByteBuffer.wrap(bytes).getInt() != (int) crc.getValue()) {
      throw new IOException("checksum is wrong");
    }
    return CborCodec.decode(body);
  }
}
