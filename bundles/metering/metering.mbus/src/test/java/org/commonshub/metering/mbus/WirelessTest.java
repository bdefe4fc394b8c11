package org.commonshub.metering.mbus;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.commonshub.metering.mbus.RadioWriter.hex;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.DeviceInbox;
import org.commonshub.metering.api.Discoverer.Candidate;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.PushSession;
import org.commonshub.testing.fakes.FakeDriverContext;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeStreamConnection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Radio frames, their layers and security, and the driver {@code wmbus}. */
class WirelessTest {
  /** Examples N.2.1 and N.2.3 of the OMS Specification, Vol. 2, Annex N: a gas meter. */
  private static final String PROFILE_A =
      "2E4493157856341233037A2A0020255923C95AAA26D1B2E7493B013EC4A6F6D3529B520EDFF0EA6DEFC99D6D69EBF3";

  private static final String PROFILE_A_WITH_CHECKSUMS =
      "2E44931578563412330333637A2A0020255923C95AAA26D1B2E7493BC2AD013EC4A6F6D3529B520EDFF0EA6DEFC955B29D6D69EBF3EC8A";
  private static final String PROFILE_A_KEY = "0102030405060708090A0B0C0D0E0F11";
  private static final String PROFILE_B =
      "434493157856341233038C2075900F002C25B30A000021924D4F2FB66E017A75002007109058475F4BC91DF878B80A1B0F98B629024AAC727942BFC549233C0140829B93";
  private static final String PROFILE_B_KEY = "000102030405060708090A0B0C0D0E0F";

  /** Example N.5.3: a heat cost allocator behind a radio module, encrypted in part. */
  private static final String COST_ALLOCATOR =
      "304493444433221155378C00757288776655934455080004100500DFE2A782146D1513581CD2F83F39040CFD1078563412";

  /** A water meter of Kamstrup, mode C1, encrypted by the extended link layer: full, compact. */
  private static final String KAMSTRUP =
      "2A442D2C998734761B168D2091D37CAC21E1D68CDAFFCD3DC452BD802913FF7B1706CA9E355D6C2701CC24";

  private static final String KAMSTRUP_KEY = "28F64A24988064A079AA2C807D6102AE";
  private static final String KAMSTRUP_COMPACT =
      "23442D2C998734761B168D2087D19EAD217F1779EDA86AB6710008190000081900007F13";

  private static final byte[] METER = hex("2D2C 78563412 01 07");
  private static final byte[] KEY = hex(PROFILE_B_KEY);

  private final FakeHubClock clock = new FakeHubClock();
  private final WirelessDriver driver = new WirelessDriver(clock, Duration.ofSeconds(2));
  private final FakeStreamConnection stream =
      new FakeStreamConnection(
          Endpoint.parse("tcp://192.0.2.9:4000"),
          request -> {
            throw new DeviceException(Kind.TIMEOUT, "It never answers.");
          });
  private final List<Map<String, String>> received = new ArrayList<>();
  private final List<DeviceException> failures = new ArrayList<>();

  private PushSession open(String... settings) throws Exception {
    Map<String, String> map = new HashMap<>();
    for (int i = 0; i < settings.length; i += 2) {
      map.put(settings[i], settings[i + 1]);
    }
    PushSession session =
        (PushSession) driver.open(FakeDriverContext.of(driver.description(), stream, map));
    session.start(
        new PushSession.Receiver() {
          @Override
          public void values(Optional<Instant> at, List<Measurement> values) {
            assertThat(at).isEmpty();
            Map<String, String> map = new TreeMap<>();
            values.forEach(
                value ->
                    map.put(
                        value.quantity().toString(),
                        value.decimalValue().stripTrailingZeros().toPlainString()));
            received.add(map);
          }

          @Override
          public void failed(DeviceException why) {
            failures.add(why);
          }
        });
    return session;
  }

  private void push(String line) {
    stream.push((line + "\n").getBytes(US_ASCII));
  }

  private static RadioDecoder.Message decode(String hex, String key) throws MalformedFrame {
    return new RadioDecoder(key.isEmpty() ? null : hex(key))
        .decode(RadioFrame.parse(hex(hex), false));
  }

  private static List<String> values(RadioDecoder.Message message) {
    return message.telegram().orElseThrow().records().stream()
        .map(record -> record.meaning() + "=" + record.value())
        .toList();
  }

  @Test
  void securityProfileA() throws Exception {
    for (String frame : List.of(PROFILE_A, PROFILE_A_WITH_CHECKSUMS)) {
      RadioDecoder.Message message = decode(frame, PROFILE_A_KEY);
      assertThat(message.meter().label()).isEqualTo("ELS 12345678");
      assertThat(values(message))
          .containsExactly("VOLUME=28504.27", "DATE_AND_TIME=2008-05-31T23:50:00", "ERROR_FLAGS=0");
    }
  }

  @Test
  void securityProfileB() throws Exception {
    assertThat(values(decode(PROFILE_B, PROFILE_B_KEY)))
        .containsExactly("VOLUME=28504.27", "DATE_AND_TIME=2008-05-31T23:50:00", "ERROR_FLAGS=0");
  }

  /** One changed bit in what is authenticated, and the authentication code does not fit. */
  @Test
  void securityProfileBFindsEveryChange() {
    byte[] good = hex(PROFILE_B);
    for (int i = 17; i < good.length; i++) {
      byte[] changed = good.clone();
      changed[i] ^= 0x01;
      int at = i;
      assertThatThrownBy(
              () -> {
                RadioDecoder.Message message =
                    new RadioDecoder(hex(PROFILE_B_KEY)).decode(RadioFrame.parse(changed, false));
                if (message.telegram().isEmpty()) {
                  throw new MalformedFrame("nothing");
                }
              })
          .as("byte %d", at)
          .isInstanceOf(MalformedFrame.class);
    }
  }

  @Test
  void partialEncryptionBehindARadioModule() throws Exception {
    RadioDecoder.Message message = decode(COST_ALLOCATOR, PROFILE_B_KEY);
    assertThat(message.meter().label()).isEqualTo("QDS 55667788");
    assertThat(values(message))
        .containsExactly(
            "COST_ALLOCATION=1234",
            "DATE=2007-04-30",
            "COST_ALLOCATION=23456",
            "CUSTOMER_LOCATION=12345678");
    assertThat(RadioFrame.parse(hex(COST_ALLOCATOR), false).addresses())
        .extracting(Meter::id)
        .containsExactly("11223344", "55667788");
  }

  @Test
  void extendedLinkLayerIsDecryptedAndChecked() throws Exception {
    RadioDecoder.Message message = decode(KAMSTRUP, KAMSTRUP_KEY);
    assertThat(message.meter().label()).isEqualTo("KAM 76348799");
    assertThat(values(message)).contains("VOLUME=6.408", "FLOW_TEMPERATURE=127");
    assertThatThrownBy(() -> decode(KAMSTRUP, PROFILE_B_KEY))
        .isInstanceOf(MalformedFrame.class)
        .matches(e -> ((MalformedFrame) e).isKey());
  }

  @Test
  void compactFramesNeedTheirFormat() throws Exception {
    byte[] sealed = hex(KAMSTRUP_COMPACT);
    sealed[16] &= 0x1F; // Published already decrypted.
    RadioDecoder decoder = new RadioDecoder(null);
    RadioDecoder.Message message = decoder.decode(RadioFrame.parse(sealed, false));
    assertThat(values(message)).contains("VOLUME=6.408", "EXTERNAL_TEMPERATURE=19");
    sealed[25] ^= 1;
    assertThatThrownBy(() -> decoder.decode(RadioFrame.parse(sealed, false)))
        .isInstanceOf(MalformedFrame.class);
  }

  @Test
  void aFormatIsLearntFromAFullFrame() throws Exception {
    byte[] headers = hex("0413 0259");
    byte[] full = hex("0413 10270000 0259 C409");
    byte[] signature = crc(headers);
    RadioDecoder decoder = new RadioDecoder(null);
    byte[] compact =
        RadioWriter.stripped(
            METER,
            RadioWriter.join(
                hex("79"), signature, crc(hex("0413 20270000 0259 C509")), hex("20270000 C509")));
    assertThat(decoder.decode(RadioFrame.parse(compact, false)).telegram()).isEmpty();
    decoder.decode(
        RadioFrame.parse(RadioWriter.stripped(METER, RadioWriter.join(hex("78"), full)), false));
    assertThat(values(decoder.decode(RadioFrame.parse(compact, false))))
        .containsExactly("VOLUME=10.016", "FLOW_TEMPERATURE=25.01");
    RadioDecoder other = new RadioDecoder(null);
    byte[] format = RadioWriter.stripped(METER, RadioWriter.join(hex("69 06"), signature, headers));
    assertThat(other.decode(RadioFrame.parse(format, false)).telegram()).isEmpty();
    assertThat(values(other.decode(RadioFrame.parse(compact, false)))).hasSize(2);
  }

  private static byte[] crc(byte[] bytes) {
    int crc = Crc.of(bytes);
    return new byte[] {(byte) crc, (byte) (crc >> 8)};
  }

  @Test
  void aMessageInFragments() throws Exception {
    byte[] whole = RadioWriter.mode7(METER, 1, 77, KEY, hex("04 13 15 CD 5B 07 02 59 C4 09"));
    byte[] head = Arrays.copyOfRange(whole, 2, 17);
    byte[] transport = Arrays.copyOfRange(whole, 17, whole.length);
    byte[] code = Arrays.copyOfRange(head, 7, 15);
    RadioDecoder decoder = new RadioDecoder(KEY);
    // First with control and counter, last with the code: FCL 6801h and 0402h.
    byte[] first =
        RadioWriter.stripped(
            METER,
            RadioWriter.join(
                hex("90 07 01 68 25"),
                Arrays.copyOfRange(head, 3, 7),
                Arrays.copyOf(transport, 12)));
    byte[] last =
        RadioWriter.stripped(
            METER,
            RadioWriter.join(
                hex("90 0A 02 04"), code, Arrays.copyOfRange(transport, 12, transport.length)));
    assertThat(decoder.decode(RadioFrame.parse(last, false)).telegram()).isEmpty();
    assertThat(decoder.decode(RadioFrame.parse(first, false)).telegram()).isEmpty();
    assertThat(values(decoder.decode(RadioFrame.parse(last, false))))
        .containsExactly("VOLUME=123456.789", "FLOW_TEMPERATURE=25.00");
    assertThat(decoder.decode(RadioFrame.parse(last, false)).telegram()).isEmpty();
  }

  /** Lengths around the block borders of both formats. */
  @ParameterizedTest
  @ValueSource(ints = {1, 15, 16, 17, 31, 32, 33, 100, 115, 116, 117, 118, 119, 200, 240})
  void frameFormats(int length) throws Exception {
    byte[] data = new byte[length];
    Arrays.fill(data, (byte) 0x2F);
    data[0] = 0x78;
    byte[] stripped = RadioWriter.stripped(METER, data);
    for (byte[] frame :
        List.of(stripped, RadioWriter.formatA(stripped), RadioWriter.formatB(stripped))) {
      for (int extra = 0; extra <= 2; extra++) {
        RadioFrame parsed = RadioFrame.parse(Arrays.copyOf(frame, frame.length + extra), false);
        assertThat(parsed.data()).isEqualTo(data);
        assertThat(parsed.sender().id()).isEqualTo("12345678");
      }
    }
    byte[] sealed = RadioWriter.formatA(stripped);
    for (int i = 1; i < sealed.length; i++) {
      byte[] broken = sealed.clone();
      broken[i] ^= 0x10;
      assertThatThrownBy(() -> RadioFrame.parse(broken, true)).isInstanceOf(MalformedFrame.class);
      byte[] cut = Arrays.copyOf(sealed, i);
      assertThatThrownBy(() -> RadioFrame.parse(cut, true)).isInstanceOf(MalformedFrame.class);
    }
  }

  @Test
  void everyReceiver() {
    byte[] one = RadioWriter.stripped(METER, hex("78 04 13 01 00 00 00"));
    byte[] two = RadioWriter.stripped(METER, hex("78 04 13 02 00 00 00"));
    List<byte[]> streams =
        List.of(
            (RadioWriter.cul(one) + RadioWriter.cul(two)).getBytes(US_ASCII),
            ("V 1.67 CSM868\r\nbY"
                    + hex(RadioWriter.formatB(one))
                    + "8E2F\r\n"
                    + RadioWriter.cul(two))
                .getBytes(US_ASCII),
            (RadioWriter.rtl(one) + RadioWriter.rtl(two)).getBytes(US_ASCII),
            (hex(one) + "\n" + hex(RadioWriter.formatA(two)) + "\n").getBytes(US_ASCII),
            ("0x" + hex(one) + "\r\n" + "telegram=|" + hex(two) + "|+7\n").getBytes(US_ASCII),
            RadioWriter.join(RadioWriter.imst(one), RadioWriter.imst(two)),
            RadioWriter.join(
                hex("A5 81 04 00 12 34"), RadioWriter.imst(one), RadioWriter.imst(two)),
            RadioWriter.join(RadioWriter.amber(one, false), RadioWriter.amber(two, true)));
    for (byte[] bytes : streams) {
      assertThat(RadioReceiver.frames(RadioReceiver.Kind.AUTO, bytes)).hasSize(2);
      List<RadioFrame> slowly = new ArrayList<>();
      RadioReceiver receiver = new RadioReceiver(RadioReceiver.Kind.AUTO, slowly::add);
      for (byte b : bytes) {
        receiver.feed(new byte[] {b});
      }
      assertThat(slowly).hasSize(2);
      assertThat(slowly.get(1).data()[3]).isEqualTo((byte) 2);
    }
    assertThat(
            RadioReceiver.frames(
                RadioReceiver.Kind.RAW, RadioWriter.join(hex("9A"), one, hex("9A"), two)))
        .hasSize(2);
  }

  @ParameterizedTest
  @CsvSource({
    "T1;0;1;2026-01-15 12:00:00.000;97;148;12345678;0x",
    "T1;1;0;2026-01-15 12:00:00.000;97;148;12345678;0x"
  })
  void whatTheReceiverKnowsToBeDisturbedIsLeftOut(String start) {
    byte[] one = RadioWriter.stripped(METER, hex("78 04 13 01 00 00 00"));
    assertThat(
            RadioReceiver.frames(
                RadioReceiver.Kind.AUTO, (start + hex(one) + "\n").getBytes(US_ASCII)))
        .isEmpty();
  }

  @Test
  void theDriverReadsItsMeterAmongOthers() throws Exception {
    PushSession gas = open("meter", "12345678", "manufacturer", "els", "key", PROFILE_A_KEY);
    push(hex(RadioWriter.stripped(METER, hex("78 04 13 01 00 00 00")))); // KAM 12345678
    push(KAMSTRUP);
    assertThat(received).isEmpty();
    push(PROFILE_A);
    assertThat(received).containsExactly(Map.of("gas.volume", "28504.27", "device.events", "0"));
    assertThat(failures).isEmpty();
    assertThat(gas.identity()).containsEntry("maker", "ELS").containsEntry("serial", "12345678");
    assertThat(gas.quiet()).isEqualTo(Duration.ofHours(1));
    gas.close();
    push(PROFILE_A);
    assertThat(received).hasSize(1);
    assertThat(stream.listeners()).isZero();
  }

  @Test
  void relayedTelegramsCountOnce() throws Exception {
    open("meter", "12345678", "manufacturer", "ELS", "key", PROFILE_A_KEY);
    push(PROFILE_A);
    push(PROFILE_A_WITH_CHECKSUMS);
    assertThat(received).hasSize(1);
    clock.advance(Duration.ofMinutes(11));
    push(PROFILE_A); // A meter whose reading and access number stand still.
    assertThat(received).hasSize(2);
  }

  @Test
  void aMessageCounterNeverGoesBack() throws Exception {
    open("meter", "12345678", "key", PROFILE_B_KEY);
    byte[] records = hex("04 13 01 00 00 00");
    push(hex(RadioWriter.stripped(METER, RadioWriter.mode7(METER, 1, 5, KEY, records))));
    push(hex(RadioWriter.stripped(METER, RadioWriter.mode7(METER, 2, 6, KEY, records))));
    clock.advance(Duration.ofHours(1));
    push(hex(RadioWriter.stripped(METER, RadioWriter.mode7(METER, 1, 5, KEY, records))));
    assertThat(received).hasSize(2);
    push(hex(RadioWriter.stripped(METER, RadioWriter.mode7(METER, 3, 0xFFFFFFFFL, KEY, records))));
    assertThat(received).hasSize(3);
    assertThat(failures).isEmpty();
  }

  @Test
  void keysThatAreMissingOrWrong() throws Exception {
    PushSession session = open("meter", "12345678");
    push(PROFILE_A);
    push(PROFILE_B);
    session.close();
    session = open("meter", "12345678", "key", "000102030405060708090A0B0C0D0EFF");
    push(PROFILE_A);
    push(PROFILE_B);
    session.close();
    assertThat(received).isEmpty();
    assertThat(failures).hasSize(4);
    for (DeviceException failure : failures) {
      assertThat(failure.kind()).isEqualTo(Kind.SETTINGS);
      assertThat(failure).hasMessageContaining("12345678").hasMessageContaining("'key'");
      assertThat(failure.getMessage()).doesNotContain("0EFF");
    }
  }

  /** Who has no key may still speak; but not for a meter that was heard with one. */
  @Test
  void lessProtectionThanBeforeIsRefused() throws Exception {
    open("meter", "12345678", "key", PROFILE_B_KEY);
    byte[] records = hex("04 13 01 00 00 00");
    byte[] clear = RadioWriter.stripped(METER, RadioWriter.join(hex("7A 09 00 00 00"), records));
    push(hex(clear));
    push(hex(RadioWriter.stripped(METER, RadioWriter.mode5(METER, 1, KEY, records))));
    assertThat(received).hasSize(2);
    clear[11] = 10;
    push(hex(clear));
    push(hex(RadioWriter.stripped(METER, RadioWriter.mode7(METER, 2, 5, KEY, records))));
    push(hex(RadioWriter.stripped(METER, RadioWriter.mode5(METER, 3, KEY, records))));
    assertThat(received).hasSize(3);
    assertThat(failures).hasSize(2);
    assertThat(failures.get(0)).hasMessageContaining("forged");
  }

  @Test
  void otherSecurityModesAreNamed() throws Exception {
    open("meter", "12345678");
    push(hex(RadioWriter.stripped(METER, hex("7A 01 00 10 0D" + "00".repeat(16)))));
    assertThat(failures).hasSize(1);
    assertThat(failures.get(0)).hasMessageContaining("security mode 13");
  }

  /** ACC-NR, alarms, clocks: heard, without values and without complaint. */
  @Test
  void telegramsWithoutValues() throws Exception {
    PushSession session = open("meter", "12345678");
    for (String data :
        List.of("8B 78563412 2D2C 01 07 05 00 00 00", "71 00", "A2 01 02", "6C 00")) {
      push(hex(RadioWriter.stripped(METER, hex(data))));
    }
    assertThat(received).isEmpty();
    assertThat(failures).isEmpty();
    assertThat(session.identity()).containsEntry("maker", "KAM");
  }

  @Test
  void aMeterThatNeverHasValuesIsNamed() throws Exception {
    open("meter", "12345678");
    byte[] adapter = METER.clone();
    adapter[7] = 0x37;
    for (int access = 0; access < 6; access++) {
      push(
          hex(
              RadioWriter.stripped(
                  adapter, hex(String.format("7A %02X 00 00 00 04 13 01 00 00 00", access)))));
    }
    assertThat(received).isEmpty();
    assertThat(failures).hasSize(1);
    assertThat(failures.get(0)).hasMessageContaining("'medium'");
  }

  @Test
  void strangersGoToTheInboxOnce() throws Exception {
    List<String> announced = new ArrayList<>();
    driver.inbox =
        (id, endpoint, candidate) ->
            announced.add(id + " " + endpoint + " " + candidate.name() + " " + candidate.role());
    PushSession water = open("meter", "76348799", "key", KAMSTRUP_KEY);
    PushSession gas = open("meter", "12345678", "manufacturer", "ELS");
    for (int i = 0; i < 3; i++) {
      push(KAMSTRUP);
      push(PROFILE_A);
      push(COST_ALLOCATOR);
    }
    assertThat(announced)
        .containsExactly("wmbus tcp://192.0.2.9:4000 QDS 55667788 heat cost allocator HEAT_METER");
    gas.close();
    push(PROFILE_A);
    assertThat(announced).hasSize(2);
    water.close();
    DeviceInbox none = null;
    driver.inbox = none;
    open("meter", "00000000");
    push(PROFILE_A);
  }

  @Test
  void searchListens() throws Exception {
    var found =
        driver
            .probe(FakeDriverContext.of(driver.description(), stream, Map.of()))
            .toCompletableFuture();
    push(PROFILE_A);
    push(COST_ALLOCATOR);
    push(PROFILE_A);
    List<Candidate> candidates = found.get(60, TimeUnit.SECONDS);
    assertThat(candidates)
        .extracting(Candidate::role)
        .containsExactly(DeviceRole.GAS_METER, DeviceRole.HEAT_METER);
    assertThat(candidates.get(0).settings())
        .isEqualTo(Map.of("meter", "12345678", "manufacturer", "ELS"));
    assertThat(stream.listeners()).isZero();
    var broken =
        driver
            .probe(FakeDriverContext.of(driver.description(), stream, Map.of()))
            .toCompletableFuture();
    stream.breakStream(new DeviceException(Kind.UNREACHABLE, "Nothing listens there."));
    assertThatThrownBy(() -> broken.get(60, TimeUnit.SECONDS))
        .hasCauseInstanceOf(DeviceException.class);
    assertThat(stream.listeners()).isZero();
  }

  /** RFC 4493, 4. */
  @ParameterizedTest
  @CsvSource({
    "'', bb1d6929e95937287fa37d129b756746",
    "6bc1bee22e409f96e93d7e117393172a, 070a16b46b4d4144f79bdd9dd04a287c",
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411,"
        + " dfa66747de9ae63030ca32611497c827"
  })
  void messageAuthenticationCode(String message, String code) {
    assertThat(hex(Aes.of(hex("2b7e151628aed2a6abf7158809cf4f3c")).cmac(hex(message))))
        .isEqualTo(code);
  }

  @Test
  void keysAsPeopleCopyThem() {
    assertThat(Aes.key(" 00 01 02 03 04 05 06 07 08 09 0A 0B 0c 0d 0e 0f ")).isEqualTo(KEY);
    assertThat(Aes.key("00:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f")).isEqualTo(KEY);
    assertThat(Aes.key("0001")).isNull();
  }
}
