package org.commonshub.metering.mbus;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Bytes of somebody who means ill: cut, flipped, made up. */
class HostileTest {
  private static final byte[] KEY = RadioWriter.hex("000102030405060708090A0B0C0D0E0F");
  private static final byte[] METER = RadioWriter.hex("2D2C 78563412 01 07");

  private static final List<byte[]> SEEDS = new ArrayList<>();

  static {
    for (String text :
        List.of(
            "72 78 03 49 11 77 04 0E 16 0A 00 00 00 0C 78 78 03 49 11 04 13 31 D4 00 00 42 6C 00 00"
                + " 0D 7C 03 41 42 43 0D FD 0B 06 35 33 32 44 56 52 02 FC 03 48 52 25 74 D4 11"
                + " 0D 78 C4 78 56 34 12 05 2E B1 D1 2E BE 84 90 80 40 AB 3C 01 00 00 00 1F 01",
            "73 93 92 91 90 10 00 05 69 31 65 00 00 69 00 00 00",
            "78 04 13 01 00 00 00 02 59 C4 09",
            "79 ED A8 6A B6 71 00 08 19 00 00 08 19 00 00 7F 13",
            "69 06 12 34 04 13 02 59",
            "7B 01 00 00 00 12 34 56 78 01 02")) {
      SEEDS.add(RadioWriter.hex(text));
    }
    byte[] records = RadioWriter.hex("04 13 01 00 00 00 02 59 C4 09");
    SEEDS.add(RadioWriter.mode5(METER, 7, KEY, records));
    SEEDS.add(RadioWriter.mode7(METER, 7, 9, KEY, records));
    SEEDS.add(RadioWriter.hex("8D 20 87 D1 9E AD 01 7F 17 79 ED A8 6A B6 71 00 08 19 00 00"));
    SEEDS.add(
        RadioWriter.hex("8F 00 75 2D 2C 78 56 34 12 01 07 01 02 03 24 11 22 78 04 13 01 00 00 00"));
  }

  private static byte[] spoiled(byte[] seed, Random random) {
    byte[] bytes = seed.clone();
    switch (random.nextInt(4)) {
      case 0 -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
      case 1 -> {
        byte[] longer = Arrays.copyOf(bytes, bytes.length + random.nextInt(300));
        random.nextBytes(bytes);
        System.arraycopy(seed, 0, longer, 0, Math.min(4, seed.length));
        bytes = longer;
      }
      default -> {
        // Flipped below.
      }
    }
    for (int i = random.nextInt(5); i > 0 && bytes.length > 0; i--) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
    }
    return bytes;
  }

  @Test
  void onlyTheDeclaredExceptionComes() {
    Random random = new Random(13757);
    Aes aes = Aes.of(KEY);
    RadioDecoder decoder = new RadioDecoder(KEY);
    Formats formats = new Formats();
    int read = 0;
    for (int i = 0; i < 60_000; i++) {
      byte[] bytes = spoiled(SEEDS.get(random.nextInt(SEEDS.size())), random);
      try {
        boolean radio = random.nextBoolean();
        Meter below = radio ? Meter.ofLink(METER) : null;
        var telegram = Application.decode(bytes, radio, below, aes, OptionalLong.of(i), formats);
        if (telegram.isPresent()) {
          read++;
          for (DeviceType.Kind kind : DeviceType.Kind.values()) {
            Values.of(List.of(telegram.get()), below, kind, true);
          }
        }
      } catch (MalformedFrame e) {
        assertThat(e.getMessage()).isNotBlank();
      }
      try {
        decoder.decode(new RadioFrame(0x44, Meter.ofLink(METER), bytes));
      } catch (MalformedFrame e) {
        assertThat(e.getMessage()).isNotBlank();
      }
      try {
        RadioFrame.parse(bytes, false).addresses();
      } catch (MalformedFrame e) {
        assertThat(e.getMessage()).isNotBlank();
      }
      try {
        LinkFrame.parse(bytes);
      } catch (MalformedFrame e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
    assertThat(read).isGreaterThan(1_000);
  }

  @Test
  void receiversSurviveEverything() {
    Random random = new Random(4);
    byte[] good = RadioWriter.stripped(METER, RadioWriter.hex("78 04 13 01 00 00 00"));
    List<byte[]> seeds =
        List.of(
            RadioWriter.cul(good).getBytes(StandardCharsets.US_ASCII),
            RadioWriter.rtl(good).getBytes(StandardCharsets.US_ASCII),
            RadioWriter.imst(good),
            RadioWriter.amber(good, true),
            good);
    for (RadioReceiver.Kind kind : RadioReceiver.Kind.values()) {
      int[] frames = {0};
      RadioReceiver receiver = new RadioReceiver(kind, frame -> frames[0]++);
      for (int i = 0; i < 20_000; i++) {
        receiver.feed(spoiled(seeds.get(random.nextInt(seeds.size())), random));
      }
      assertThat(frames[0]).isPositive();
    }
  }
}
