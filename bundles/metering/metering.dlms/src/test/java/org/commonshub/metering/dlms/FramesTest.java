package org.commonshub.metering.dlms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.commonshub.metering.dlms.Writer.hex;
import static org.commonshub.metering.dlms.Writer.join;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames, block transfer, ciphering and replay protection. */
class FramesTest {
  private static final byte[] MESSAGE =
      hex("0F 00000001 0C 07E60115 04 0C000AFF800000 0201 0600000BF3");
  private static final String TITLE = "4B414D0000000001";

  /** A whole frame of a Kaifa meter, as published. */
  private static final String KAIFA =
      "7EA0270102011 05A87E6E7000F40000000090C07E5031702131A3AFF80000002010600000BF35B057E";

  /** The example of the Tirolean grid operator: a Kaifa MA309M, two M-Bus frames, ciphered. */
  private static final String TIROL =
      "68FAFA6853FF000167DB084B464D10100000238201092100295B9AEFC1546E644A2C9E32EDD42CBD0F1B945B"
          + "194D086885C4D8DF86DD52CB5B448854A6D548D5D270739B2A169D05B013F9015070089D3C5FA45CA05E92"
          + "309A645CC83D7DA40FBC8F4CF9C225AFA69A25FF0B2AC9C2744550ABA53CE9143FD10B0AD85FD30BD6B6DF"
          + "FEE65F8204DC9C5067CA73B62E299A39D50AA730B2B9AE3836BC2F3490FB41BE5B6F930D84952976369DD7"
          + "DABBB5A4354AECA1D2486CFF2EB0C6206380BA501D122AF75D716D3092C3960506A15E06FAB0EE5B7DFA3C"
          + "2CDF0CAFD051B88E44B8B9FB8865F20CB89D1143CDC7EFEB07FB4C4898E764E9E3A32DDC3D1F0F16682626"
          + "6853FF110167B46961CE962B2C78050C96598C7E4D26658043F9CBCA78189BD01B139F8AE0F7391116";

  private static List<byte[]> messages(Frames.Wrapping wrapping, byte[] stream, int piece) {
    List<byte[]> found = new ArrayList<>();
    Frames frames = new Frames(wrapping, found::add);
    for (int at = 0; at < stream.length; at += piece) {
      frames.feed(Arrays.copyOfRange(stream, at, Math.min(stream.length, at + piece)));
    }
    return found;
  }

  private static List<byte[]> messages(byte[] stream) {
    return messages(Frames.Wrapping.AUTO, stream, stream.length);
  }

  private static byte[] wrapped(Frames.Wrapping wrapping, byte[] message) {
    return switch (wrapping) {
      case HDLC, AUTO -> Writer.hdlc(message);
      case MBUS -> Writer.mbus(message, 240);
      case WRAPPER -> Writer.wrapper(message);
    };
  }

  private static byte[] longMessage(int length) {
    byte[] message = new byte[length];
    new Random(length).nextBytes(message);
    message[0] = 0x0F;
    return message;
  }

  @Test
  void aFrameOfARealMeter() throws Exception {
    List<byte[]> found = messages(hex(KAIFA));
    assertThat(found).hasSize(1);
    Notification notification =
        new Messages(new Security(null, null)).take(found.get(0)).orElseThrow();
    assertThat(notification.clock().orElseThrow().local()).hasToString("2021-03-23T19:26:58");
    assertThat(notification.body().items().get(0).number()).isEqualByComparingTo("3059");
  }

  @Test
  void theExampleOfTirol() throws Exception {
    byte[] key = hex("101112131415161718191A1B1C1D1E1F");
    for (int piece : new int[] {1, 7, 1_000}) {
      List<byte[]> found = messages(Frames.Wrapping.AUTO, hex(TIROL), piece);
      assertThat(found).hasSize(1);
      Notification notification =
          new Messages(new Security(key, null)).take(found.get(0)).orElseThrow();
      assertThat(Messages.maker(notification.systemTitle())).isEqualTo("KFM");
      assertThat(new Values(-1).of(Lists.of(notification.body(), "KFM"), "KFM"))
          .extracting(value -> value.quantity() + "=" + value.decimalValue().toPlainString())
          .containsExactlyInAnyOrder(
              "voltage.l1=230.8",
              "current.l1=0",
              "power.active=0",
              "energy.import=9108",
              "energy.export=0",
              "energy.reactive.import=96",
              "energy.reactive.export=9");
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Frames.Wrapping.class,
      names = {"HDLC", "MBUS", "WRAPPER"})
  void everyWrappingIsFoundOut(Frames.Wrapping wrapping) {
    byte[] stream =
        join(
            hex("00 FF 68 7E A0 12"),
            wrapped(wrapping, MESSAGE),
            wrapped(wrapping, MESSAGE),
            hex("7E 00 68"),
            wrapped(wrapping, MESSAGE),
            // What a false beginning waits for.
            wrapped(wrapping, longMessage(600)),
            wrapped(wrapping, MESSAGE));
    for (Frames.Wrapping how : new Frames.Wrapping[] {Frames.Wrapping.AUTO, wrapping}) {
      for (int piece : new int[] {1, 2, 5, 64, 4_096}) {
        assertThat(messages(how, stream, piece))
            .hasSizeGreaterThanOrEqualTo(4)
            .contains(MESSAGE, longMessage(600));
      }
    }
  }

  @Test
  void framesMayShareTheirFlag() {
    byte[] frame = Writer.hdlc(MESSAGE);
    byte[] shared = join(frame, Arrays.copyOfRange(frame, 1, frame.length));
    assertThat(messages(shared)).containsExactly(MESSAGE, MESSAGE);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 10, 127, 128, 255, 256, 1_000, 1_900})
  void segmentsOfHdlc(int size) {
    byte[] message = longMessage(2_500);
    if (size >= 10) {
      assertThat(messages(Writer.hdlcSegments(message, size))).containsExactly(message);
    }
    byte[] small = longMessage(40);
    assertThat(messages(Writer.hdlcSegments(small, size))).containsExactly(small);
  }

  @ParameterizedTest
  @ValueSource(ints = {30, 100, 240, 245, 250})
  void segmentsOfMbus(int size) {
    byte[] message = longMessage(350);
    assertThat(messages(join(Writer.mbus(message, size), Writer.mbus(MESSAGE, size))))
        .containsExactly(message, MESSAGE);
  }

  /** Sagemcom's first frame has 257 bytes and says 1. */
  @ParameterizedTest
  @ValueSource(ints = {251, 252, 260, 270})
  void mbusFramesWhoseLengthOverflows(int size) {
    byte[] message = longMessage(size + 100);
    assertThat(messages(join(Writer.mbus(message, size), Writer.mbus(MESSAGE, 240))))
        .containsExactly(message, MESSAGE);
  }

  @Test
  void aLostSegmentVoidsItsMessage() {
    byte[] message = longMessage(350);
    byte[] frames = Writer.mbus(message, 100);
    int first = 100 + 11;
    byte[] without =
        join(
            Arrays.copyOf(frames, first),
            Arrays.copyOfRange(frames, 2 * first, frames.length),
            Writer.mbus(MESSAGE, 100));
    assertThat(messages(without)).containsExactly(MESSAGE);
  }

  @ParameterizedTest
  @EnumSource(
      value = Frames.Wrapping.class,
      names = {"HDLC", "MBUS"})
  void aChangedBitIsFound(Frames.Wrapping wrapping) {
    byte[] good = wrapped(wrapping, MESSAGE);
    for (int i = 0; i < good.length * 8; i++) {
      byte[] broken = good.clone();
      broken[i / 8] ^= (byte) (1 << i % 8);
      assertThat(messages(broken)).as("bit %d", i).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {5, 20, 60, 127})
  void blockTransfer(int size) throws Exception {
    byte[] message = join(hex("0F 00000001 00 01 1E"), hex("0600000001".repeat(30)));
    byte[] sealed = Writer.ciphered(message, TITLE, 5, 0x30, Writer.KEY, Writer.AUTHENTICATION_KEY);
    for (byte[] one : List.of(message, sealed)) {
      Messages messages =
          new Messages(new Security(hex(Writer.KEY), hex(Writer.AUTHENTICATION_KEY)));
      List<Optional<Notification>> taken = new ArrayList<>();
      for (byte[] part : messages(Writer.blocks(one, size))) {
        taken.add(messages.take(part));
      }
      assertThat(taken.get(taken.size() - 1).orElseThrow().body().items()).hasSize(30);
      assertThat(taken.subList(0, taken.size() - 1)).allMatch(Optional::isEmpty);
    }
  }

  private static Messages security(String key, String authenticationKey) {
    return new Messages(
        new Security(
            key.isEmpty() ? null : hex(key),
            authenticationKey.isEmpty() ? null : hex(authenticationKey)));
  }

  private static byte[] sealed(long counter, int control) {
    return Writer.ciphered(MESSAGE, TITLE, counter, control, Writer.KEY, Writer.AUTHENTICATION_KEY);
  }

  @ParameterizedTest
  @CsvSource({"32, ''", "32, a", "48, ''", "48, a", "16, ''", "16, a", "33, ''", "49, a"})
  void ciphering(int control, String authentication) throws Exception {
    Messages messages =
        security(Writer.KEY, authentication.isEmpty() ? "" : Writer.AUTHENTICATION_KEY);
    Notification notification = messages.take(sealed(7, control)).orElseThrow();
    assertThat(notification.systemTitle()).isEqualTo(hex(TITLE));
    assertThat(notification.body().items().get(0).number()).isEqualByComparingTo("3059");
  }

  @Test
  void aTagThatDoesNotFit() {
    byte[] good = sealed(7, 0x30);
    for (int i = 2; i < good.length; i++) {
      byte[] changed = good.clone();
      changed[i] ^= 1;
      assertThatThrownBy(
              () -> security(Writer.KEY, Writer.AUTHENTICATION_KEY).take(changed).orElseThrow())
          .as("byte %d", i)
          .isInstanceOf(MalformedApdu.class);
    }
  }

  @Test
  void keysThatAreMissingOrWrong() {
    for (Messages messages :
        List.of(
            security("", ""),
            security(Writer.AUTHENTICATION_KEY, ""),
            security(Writer.KEY, Writer.KEY),
            security(Writer.AUTHENTICATION_KEY, Writer.AUTHENTICATION_KEY))) {
      assertThatThrownBy(() -> messages.take(sealed(7, 0x30)))
          .isInstanceOf(MalformedApdu.class)
          .matches(e -> ((MalformedApdu) e).isKey());
    }
  }

  @Test
  void recordingsAreRefused() throws Exception {
    Messages messages = security(Writer.KEY, "");
    assertThat(messages.take(sealed(7, 0x20))).isPresent();
    assertThat(messages.take(sealed(7, 0x20))).isEmpty();
    assertThat(messages.take(sealed(0x80000000L, 0x20))).isPresent();
    assertThatThrownBy(() -> messages.take(sealed(8, 0x20))).hasMessageContaining("counter");
    byte[] other =
        Writer.ciphered(
            MESSAGE, "4B414D0000000002", 1, 0x20, Writer.KEY, Writer.AUTHENTICATION_KEY);
    assertThat(messages.take(other)).isPresent();
  }

  /** A counter that was not sent by who has the key moves nothing. */
  @Test
  void aForgedCounterIsNotRemembered() throws Exception {
    Messages messages = security(Writer.KEY, "");
    byte[] forged =
        Writer.ciphered(MESSAGE, TITLE, 0xFFFFFFFFL, 0x20, Writer.AUTHENTICATION_KEY, Writer.KEY);
    assertThatThrownBy(() -> messages.take(forged)).isInstanceOf(MalformedApdu.class);
    assertThat(messages.take(sealed(7, 0x20))).isPresent();
  }

  @Test
  void lessProtectionThanBeforeIsRefused() throws Exception {
    Messages messages = security(Writer.KEY, Writer.AUTHENTICATION_KEY);
    assertThat(messages.take(MESSAGE)).isPresent();
    assertThat(messages.take(sealed(7, 0x20))).isPresent();
    assertThat(messages.take(sealed(8, 0x30))).isPresent();
    assertThatThrownBy(() -> messages.take(sealed(9, 0x20))).hasMessageContaining("forged");
    assertThatThrownBy(() -> messages.take(MESSAGE)).hasMessageContaining("forged");
  }

  @ParameterizedTest
  @CsvSource({
    "'', ends after",
    "C0 01 02, kind C0",
    "0F 0000, ends after",
    "0F 00000001 05 0000000000 00, 5 bytes",
    "0F 00000001 00, ends after",
    "DB 07 00000000000000 05 20 00000000, system title",
    "DB 08 0000000000000000 04 20 000000, security header",
    "DB 08 0000000000000000 06 22 00000001 00, suite is 2",
    "DB 08 0000000000000000 06 A0 00000001 00, compressed",
    "E0 80 0001 0000 05 00, ends after"
  })
  void messagesThatCannotBeRead(String message, String why) {
    assertThatThrownBy(() -> security(Writer.KEY, "").take(hex(message)))
        .isInstanceOf(MalformedApdu.class)
        .hasMessageContaining(why);
  }

  @Test
  void wrappedWithoutEnd() {
    byte[] message = MESSAGE;
    for (int i = 0; i < 10; i++) {
      message = join(hex("E0 80 0001 0000"), new byte[] {(byte) message.length}, message);
    }
    byte[] deep = message;
    assertThatThrownBy(() -> security("", "").take(deep)).hasMessageContaining("wrapped");
  }

  @Test
  void hostileBytes() {
    Random random = new Random(62056);
    List<byte[]> seeds =
        List.of(
            MESSAGE,
            sealed(1, 0x30),
            sealed(2, 0x20),
            join(hex("E0 C0 0001 0000"), new byte[] {(byte) MESSAGE.length}, MESSAGE));
    int[] read = {0};
    Messages[] messages = {security(Writer.KEY, "")};
    Values values = new Values(-1);
    Frames frames =
        new Frames(
            Frames.Wrapping.AUTO,
            message -> {
              try {
                messages[0]
                    .take(message)
                    .ifPresent(
                        one -> {
                          read[0]++;
                          String maker = Makers.of(one.systemTitle(), one.body());
                          List<Entry> entries = Lists.of(one.body(), maker);
                          values.of(entries, maker);
                          Makers.identity(maker, entries);
                        });
              } catch (MalformedApdu e) {
                assertThat(e.getMessage()).isNotBlank();
              }
            });
    for (int i = 0; i < 40_000; i++) {
      byte[] seed = seeds.get(random.nextInt(seeds.size())).clone();
      for (int flips = random.nextInt(4); flips > 0; flips--) {
        seed[random.nextInt(seed.length)] = (byte) random.nextInt();
      }
      byte[] stream =
          switch (random.nextInt(4)) {
            case 0 -> Writer.mbus(seed, 240);
            case 1 -> Writer.wrapper(seed);
            case 2 -> Arrays.copyOf(Writer.hdlc(seed), random.nextInt(80));
            default -> Writer.hdlc(seed);
          };
      frames.feed(stream);
      if (i % 100 == 0) {
        frames.reset();
        messages[0] = security(Writer.KEY, "");
      }
    }
    assertThat(read[0]).isGreaterThan(500);
  }
}
