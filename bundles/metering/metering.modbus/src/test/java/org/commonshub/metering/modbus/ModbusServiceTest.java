package org.commonshub.metering.modbus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Modbus;
import org.commonshub.metering.api.Modbus.Range;
import org.commonshub.metering.api.Modbus.Table;
import org.commonshub.testing.fakes.FakeStreamConnection;
import org.commonshub.testing.fakes.FakeWriteLease;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class ModbusServiceTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final ModbusService modbus = new ModbusService();

  @ParameterizedTest
  @EnumSource(Modbus.Framing.class)
  void readsEveryTable(Modbus.Framing framing) throws Exception {
    boolean rtu = framing == Modbus.Framing.RTU;
    Server server =
        new Server(rtu, 17)
            .holding(107, 0x022B, 0x0000, 0x0064)
            .input(8, 0xFFFF)
            .coils(19, 1, 0, 1, 1, 0, 0, 1, 1, 1, 1);
    Modbus.Unit unit = unit(FakeStreamConnection.answering(server), framing, 17);
    assertThat(get(unit.read(new Range(Table.HOLDING_REGISTERS, 107, 3))).words())
        .containsExactly(0x022B, 0, 0x64);
    assertThat(get(unit.read(new Range(Table.INPUT_REGISTERS, 8, 1))).words())
        .containsExactly(0xFFFF);
    assertThat(get(unit.read(new Range(Table.COILS, 19, 10))).words())
        .containsExactly(1, 0, 1, 1, 0, 0, 1, 1, 1, 1);
    assertThat(get(unit.read(new Range(Table.DISCRETE_INPUTS, 20, 2))).words())
        .containsExactly(0, 1);
  }

  @Test
  void sendsWhatTheSpecificationsShow() throws Exception {
    FakeStreamConnection stream = FakeStreamConnection.answering(new Server(true, 17));
    Range range = new Range(Table.HOLDING_REGISTERS, 0x6B, 3);
    assertThatThrownBy(() -> get(unit(stream, Modbus.Framing.RTU, 17).read(range))).isNotNull();
    // The worked example of the protocol specification, with its well-known checksum.
    assertThat(HexFormat.of().formatHex(stream.requests().get(0))).isEqualTo("1103006b00037687");
    assertThatThrownBy(() -> get(unit(stream, Modbus.Framing.TCP, 17).read(range))).isNotNull();
    assertThat(HexFormat.of().formatHex(stream.requests().get(1)))
        .matches("[0-9a-f]{4}0000000611" + "03006b0003");
  }

  /** Every way in which bytes may not be the answer, applied to a right answer. */
  static Stream<Arguments> damages() {
    List<Arguments> list = new ArrayList<>();
    for (Modbus.Framing framing : Modbus.Framing.values()) {
      boolean rtu = framing == Modbus.Framing.RTU;
      int unit = rtu ? 0 : 6;
      list.add(damage(framing, "unit", a -> with(a, unit, 18)));
      list.add(damage(framing, "function", a -> with(a, unit + 1, 4)));
      list.add(damage(framing, "exception of another function", a -> with(a, unit + 1, 0x84)));
      list.add(damage(framing, "byte count", a -> with(a, unit + 2, 4)));
      list.add(damage(framing, "odd byte count", a -> with(a, unit + 2, 5)));
      list.add(
          damage(framing, "garbage", a -> new byte[] {'H', 'T', 'T', 'P', '/', '1', '.', '1'}));
      list.add(damage(framing, "zeros", a -> new byte[40]));
      if (rtu) {
        list.add(damage(framing, "checksum", a -> with(a, a.length - 1, a[a.length - 1] ^ 1)));
        list.add(damage(framing, "data bit", a -> with(a, 4, a[4] ^ 0x10)));
      } else {
        list.add(damage(framing, "transaction", a -> with(a, 1, a[1] + 1)));
        list.add(damage(framing, "protocol", a -> with(a, 3, 1)));
        list.add(damage(framing, "length", a -> with(a, 5, a[5] + 1)));
      }
    }
    return list.stream();
  }

  private static Arguments damage(
      Modbus.Framing framing, String what, UnaryOperator<byte[]> damage) {
    return Arguments.of(framing, what, damage);
  }

  private static byte[] with(byte[] bytes, int at, int value) {
    byte[] changed = bytes.clone();
    changed[at] = (byte) value;
    return changed;
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("damages")
  void trustsNothingThatIsNotTheAnswer(
      Modbus.Framing framing, String what, UnaryOperator<byte[]> damage) {
    Server server =
        new Server(framing == Modbus.Framing.RTU, 17).holding(100, 1, 2, 3).input(100, 9, 9, 9);
    FakeStreamConnection stream =
        FakeStreamConnection.answering(request -> damage.apply(server.apply(request)));
    DeviceException failure =
        failure(unit(stream, framing, 17).read(new Range(Table.HOLDING_REGISTERS, 100, 3)));
    assertThat(failure.kind()).isEqualTo(Kind.INVALID_ANSWER);
    assertThat(failure).hasMessageContaining("unit 17").hasMessageContaining("tcp://192.0.2.1:502");
  }

  @ParameterizedTest
  @EnumSource(Modbus.Framing.class)
  void anAnswerCutShortIsATimeoutNotAValue(Modbus.Framing framing) {
    Server server = new Server(framing == Modbus.Framing.RTU, 1).holding(0, 1, 2, 3);
    for (int length = 0; length < 11; length++) {
      int cut = length;
      FakeStreamConnection stream =
          FakeStreamConnection.answering(request -> Arrays.copyOf(server.apply(request), cut));
      assertThat(
              failure(unit(stream, framing, 1).read(new Range(Table.HOLDING_REGISTERS, 0, 3)))
                  .kind())
          .isEqualTo(Kind.TIMEOUT);
    }
  }

  @ParameterizedTest
  @EnumSource(Modbus.Framing.class)
  void randomBytesAreNeverAValue(Modbus.Framing framing) {
    Random random = new Random(42);
    FakeStreamConnection stream =
        FakeStreamConnection.answering(
            request -> {
              byte[] bytes = new byte[random.nextInt(80)];
              random.nextBytes(bytes);
              if (framing == Modbus.Framing.TCP && bytes.length > 2) {
                System.arraycopy(request, 0, bytes, 0, Math.min(4, bytes.length));
              } else if (bytes.length > 1) {
                System.arraycopy(request, 0, bytes, 0, 2);
              }
              return bytes;
            });
    Modbus.Unit unit = unit(stream, framing, 1);
    for (int i = 0; i < 20_000; i++) {
      assertThat(failure(unit.read(new Range(Table.HOLDING_REGISTERS, 0, 9))).kind())
          .isIn(Kind.INVALID_ANSWER, Kind.TIMEOUT, Kind.REFUSED);
    }
  }

  @Test
  void rtuAnswerFollowedByMoreIsDropped() {
    Server server = new Server(true, 1).holding(0, 1);
    FakeStreamConnection stream =
        FakeStreamConnection.answering(
            request -> {
              byte[] answer = server.apply(request);
              byte[] twice = Arrays.copyOf(answer, answer.length * 2);
              System.arraycopy(answer, 0, twice, answer.length, answer.length);
              return twice;
            });
    Adu adu = new Adu("here", Modbus.Framing.RTU, 0, 1, new Range(Table.HOLDING_REGISTERS, 0, 1));
    byte[] twice = get(stream, adu.request());
    assertThatThrownBy(() -> adu.complete(java.nio.ByteBuffer.wrap(twice)))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("more bytes follow");
  }

  private static byte[] get(FakeStreamConnection stream, byte[] request) {
    return stream
        .exchange(request, bytes -> bytes.remaining() < 14 ? 0 : 14, SECOND)
        .toCompletableFuture()
        .join();
  }

  /**
   * RTU does not number its messages: the answer to the request before, sent twice, must not pass
   * for the answer to this one even if both have the same length.
   */
  @Test
  void aSecondAnswerToTheRequestBeforeIsNotTakenForThisOne() {
    Server server = new Server(true, 1).holding(0, 11, 11).holding(50, 22, 22);
    byte[][] repeated = new byte[1][];
    FakeStreamConnection stream =
        FakeStreamConnection.answering(
            request -> {
              byte[] before = repeated[0];
              repeated[0] = server.apply(request);
              return before == null ? repeated[0] : before;
            });
    Modbus.Unit unit = unit(stream, Modbus.Framing.RTU, 1);
    DeviceException failure =
        failure(
            unit.readAll(
                List.of(
                    new Range(Table.HOLDING_REGISTERS, 0, 2),
                    new Range(Table.HOLDING_REGISTERS, 50, 2))));
    assertThat(failure.kind()).isEqualTo(Kind.INVALID_ANSWER);
  }

  /**
   * A gateway that answers one request late each time, over whatever connection: nothing stale is
   * ever taken for new, and when it has caught up it is read again.
   */
  @Test
  void anAnswerOwedFromBeforeAFailureIsNotTakenForANewOne() throws Exception {
    int[] value = new int[1];
    java.util.ArrayDeque<byte[]> owed = new java.util.ArrayDeque<>();
    boolean[] lagging = {true};
    FakeStreamConnection stream =
        FakeStreamConnection.answering(
            request -> {
              owed.add(
                  new Server(true, 1)
                      .holding(0, value[0], value[0], value[0], value[0])
                      .apply(request));
              if (lagging[0]) {
                lagging[0] = false;
                return new byte[0];
              }
              return owed.poll();
            });
    Modbus.Unit unit = unit(stream, Modbus.Framing.RTU, 1);
    int right = 0;
    for (value[0] = 1; value[0] < 20; value[0]++) {
      if (value[0] > 5) {
        // It has caught up: what it still owed was thrown away with the connection.
        owed.clear();
      }
      try {
        Modbus.Words words = get(unit.read(new Range(Table.HOLDING_REGISTERS, 0, 4)));
        assertThat(words.words()).containsOnly(value[0]);
        right++;
      } catch (ExecutionException e) {
        assertThat(e.getCause()).isInstanceOf(DeviceException.class);
      }
    }
    assertThat(right).isGreaterThanOrEqualTo(14);
  }

  @Test
  void separatorDoesNotMindARefusal() throws Exception {
    Server server = new Server(true, 1).holding(0, 11).holding(50, 22);
    Modbus.Unit unit = unit(FakeStreamConnection.answering(server), Modbus.Framing.RTU, 1);
    assertThat(get(unit.read(new Range(Table.HOLDING_REGISTERS, 0, 1))).words())
        .containsExactly(11);
    // The separator asks for two registers from 50, which are refused; 50 itself is there.
    assertThat(get(unit.read(new Range(Table.HOLDING_REGISTERS, 50, 1))).words())
        .containsExactly(22);
  }

  @ParameterizedTest
  @EnumSource(Modbus.Framing.class)
  void refusalIsSaidInWords(Modbus.Framing framing) {
    FakeStreamConnection stream =
        FakeStreamConnection.answering(new Server(framing == Modbus.Framing.RTU, 3));
    DeviceException failure =
        failure(unit(stream, framing, 3).read(new Range(Table.INPUT_REGISTERS, 500, 2)));
    assertThat(failure.kind()).isEqualTo(Kind.REFUSED);
    assertThat(failure)
        .hasMessage(
            "Unit 3 at tcp://192.0.2.1:502 refused to read input registers 500 to 501: it has no"
                + " such registers (illegal data address). Check the device model.");
    assertThat(stream.resets()).isZero();
  }

  @Test
  void mergesContiguousRangesAndAnswersInTheOrderAsked() throws Exception {
    Server server = new Server(false, 1);
    for (int i = 0; i < 300; i++) {
      server.holding(i, i);
    }
    server.input(0, 7);
    FakeStreamConnection stream = FakeStreamConnection.answering(server);
    List<Modbus.Words> words =
        get(
            unit(stream, Modbus.Framing.TCP, 1)
                .readAll(
                    List.of(
                        new Range(Table.HOLDING_REGISTERS, 120, 10),
                        new Range(Table.INPUT_REGISTERS, 0, 1),
                        new Range(Table.HOLDING_REGISTERS, 0, 100),
                        new Range(Table.HOLDING_REGISTERS, 100, 20),
                        new Range(Table.HOLDING_REGISTERS, 110, 4))));
    assertThat(words.get(0).words()).startsWith(120).hasSize(10);
    assertThat(words.get(1).words()).containsExactly(7);
    assertThat(words.get(2).words()).hasSize(100).endsWith(99);
    assertThat(words.get(3).words()).hasSize(20).startsWith(100);
    assertThat(words.get(4).words()).containsExactly(110, 111, 112, 113);
    // 0..119 in one request, 120..129 in a second since 130 registers exceed 125, input in a third.
    assertThat(stream.requests()).hasSize(3);
  }

  @Test
  void refusesRangesNoRequestCanCarry() {
    Modbus.Unit unit =
        unit(FakeStreamConnection.answering(new Server(false, 1)), Modbus.Framing.TCP, 1);
    for (Range range :
        List.of(
            new Range(Table.HOLDING_REGISTERS, 0, 126),
            new Range(Table.HOLDING_REGISTERS, 0, 0),
            new Range(Table.HOLDING_REGISTERS, 65535, 2),
            new Range(Table.HOLDING_REGISTERS, -1, 1),
            new Range(Table.COILS, 0, 2001))) {
      assertThat(failure(unit.read(range)).kind()).isEqualTo(Kind.SETTINGS);
      assertThat(failure(unit.readAll(List.of(range))).kind()).isEqualTo(Kind.SETTINGS);
    }
  }

  /** Function codes and bytes of Modbus Application Protocol V1.1b3, sections 6.5 to 6.12. */
  @ParameterizedTest
  @CsvSource({
    "HOLDING_REGISTERS, 299, 16, true,  06012B0010",
    "HOLDING_REGISTERS, 299, 16, false, 10012B0001020010",
    "HOLDING_REGISTERS, 1,   10 258, true,  100001000204000A0102",
    "COILS, 172, 1, true,  0500ACFF00",
    "COILS, 172, 0, false, 0500AC0000",
    "COILS, 19, 1 0 1 1 0 0 1 1 1 0, true, 0F0013000A02CD01",
  })
  void writesWhatWasAsked(Table table, int address, String values, boolean single, String pdu)
      throws Exception {
    int[] words = Stream.of(values.split(" ")).mapToInt(Integer::parseInt).toArray();
    for (boolean rtu : new boolean[] {false, true}) {
      FakeStreamConnection stream =
          FakeStreamConnection.answering(new Server(rtu, 1)).permitWrites();
      Modbus.Framing framing = rtu ? Modbus.Framing.RTU : Modbus.Framing.TCP;
      get(unit(stream, framing, 1).write(new FakeWriteLease(), table, address, words, single));
      byte[] request = stream.requests().get(0);
      byte[] sent =
          rtu
              ? Arrays.copyOfRange(request, 1, request.length - 2)
              : Arrays.copyOfRange(request, 7, request.length);
      assertThat(HexFormat.of().withUpperCase().formatHex(sent)).isEqualTo(pdu);
    }
  }

  /** Read-only is enforced at the bus, and so is the lease: nothing is sent. */
  @Test
  void refusesToWriteWithoutPermission() {
    FakeStreamConnection readOnly = FakeStreamConnection.answering(new Server(false, 1));
    DeviceException refused =
        failure(
            unit(readOnly, Modbus.Framing.TCP, 1)
                .write(new FakeWriteLease(), Table.HOLDING_REGISTERS, 1, new int[] {1}, true));
    assertThat(refused.kind()).isEqualTo(DeviceException.Kind.FORBIDDEN);
    assertThat(refused).hasMessageContaining("read only");
    FakeStreamConnection stream =
        FakeStreamConnection.answering(new Server(false, 1)).permitWrites();
    FakeWriteLease ended = new FakeWriteLease();
    ended.end();
    assertThat(
            failure(
                    unit(stream, Modbus.Framing.TCP, 1)
                        .write(ended, Table.HOLDING_REGISTERS, 1, new int[] {1}, true))
                .kind())
        .isEqualTo(DeviceException.Kind.FORBIDDEN);
    for (Table table : List.of(Table.INPUT_REGISTERS, Table.DISCRETE_INPUTS)) {
      assertThat(
              failure(
                      unit(stream, Modbus.Framing.TCP, 1)
                          .write(new FakeWriteLease(), table, 1, new int[] {1}, true))
                  .kind())
          .isEqualTo(DeviceException.Kind.SETTINGS);
    }
    assertThat(readOnly.requests()).isEmpty();
    assertThat(stream.requests()).isEmpty();
  }

  /** Only the echo of this very write confirms it. */
  @ParameterizedTest
  @CsvSource({
    "06012B0010, ",
    "06012B0011, INVALID_ANSWER",
    "06012C0010, INVALID_ANSWER",
    "10012B0001, INVALID_ANSWER",
    "8603, REFUSED",
    "06012B00, TIMEOUT",
  })
  void takesOnlyItsOwnEcho(String answer, DeviceException.Kind kind) throws Exception {
    FakeStreamConnection stream =
        FakeStreamConnection.answering(
                request -> {
                  byte[] pdu = HexFormat.of().parseHex(answer);
                  ByteBuffer bytes = ByteBuffer.allocate(7 + pdu.length);
                  bytes.put(request, 0, 4).putShort((short) (1 + pdu.length));
                  return bytes.put(request[6]).put(pdu).array();
                })
            .permitWrites();
    CompletionStage<Void> write =
        unit(stream, Modbus.Framing.TCP, 1)
            .write(new FakeWriteLease(), Table.HOLDING_REGISTERS, 299, new int[] {16}, true);
    if (kind == null) {
      get(write);
    } else {
      assertThat(failure(write).kind()).isIn(kind, DeviceException.Kind.INVALID_ANSWER);
    }
  }

  private Modbus.Unit unit(FakeStreamConnection stream, Modbus.Framing framing, int id) {
    return modbus.unit(stream, framing, id, SECOND);
  }

  static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(5, TimeUnit.SECONDS);
  }

  static DeviceException failure(CompletionStage<?> stage) {
    try {
      Object value = get(stage);
      throw new AssertionError("a value where a failure was due: " + value);
    } catch (ExecutionException e) {
      return (DeviceException) e.getCause();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
