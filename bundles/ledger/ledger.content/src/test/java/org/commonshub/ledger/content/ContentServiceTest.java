package org.commonshub.ledger.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.commonshub.history.api.HistoryStore;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.CoseSign1;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.ledger.api.ContentStore.Recipient;
import org.commonshub.ledger.api.ContentStore.Sealed;
import org.commonshub.ledger.api.EntryKind;
import org.commonshub.ledger.api.Journal;
import org.commonshub.measure.api.CborCodec;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Gap;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeIdentity;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Readings are sealed, kept, opened by whom they were sealed to and by nobody else. */
@Timeout(300)
class ContentServiceTest {
  private static final Path FOLDER = Path.of("target", "ipfs-reader").toAbsolutePath();
  private static final Instant DAY = Instant.parse("2026-01-14T23:00:00Z");
  private static final Instant END = Instant.parse("2026-01-15T23:00:00Z");

  @TempDir Path data;
  private final FakeHubClock clock = new FakeHubClock(Instant.parse("2026-01-16T01:00:00Z"));
  private final FakeIdentity hub = new FakeIdentity("sealing");
  private final DeviceId meter = DeviceId.random();
  private final List<MeterRecord> stored = new ArrayList<>();
  private final List<Map<?, ?>> entries = new ArrayList<>();
  private final byte[] alice = key(1);
  private final byte[] bob = key(2);
  private ContentService store;

  private final HistoryStore history =
      (HistoryStore)
          Proxy.newProxyInstance(
              HistoryStore.class.getClassLoader(),
              new Class<?>[] {HistoryStore.class},
              (proxy, method, arguments) -> {
                switch (method.getName()) {
                  case "replay":
                    replay(arguments);
                    return null;
                  case "equals":
                    return proxy == arguments[0];
                  default:
                    throw new AssertionError(method);
                }
              });

  private final Journal journal =
      (Journal)
          Proxy.newProxyInstance(
              Journal.class.getClassLoader(),
              new Class<?>[] {Journal.class},
              (proxy, method, arguments) -> {
                assertThat(method.getName()).isEqualTo("append");
                assertThat(arguments[0]).isEqualTo(EntryKind.HUB);
                entries.add((Map<?, ?>) Cbor.decode((byte[]) arguments[1]));
                return 0L;
              });

  @SuppressWarnings("unchecked")
  private void replay(Object[] arguments) {
    List<DeviceId> devices = (List<DeviceId>) arguments[0];
    for (MeterRecord each : stored) {
      Instant at = each instanceof ReadingFrame frame ? frame.instant() : ((Gap) each).from();
      if (devices.contains(each.device())
          && !at.isBefore((Instant) arguments[1])
          && at.isBefore((Instant) arguments[2])) {
        ((Consumer<MeterRecord>) arguments[3]).accept(each);
      }
    }
  }

  @BeforeEach
  void start() throws IOException {
    store = open(64 * 1024 * 1024);
    for (int i = 0; i < 20_000; i++) {
      stored.add(
          new ReadingFrame(
              meter,
              0,
              DAY.plusSeconds(i * 4L),
              i,
              1,
              List.of(
                  Measurement.of(Quantity.ACTIVE_POWER, 300 + i % 97, 0),
                  Measurement.of(Quantity.ENERGY_IMPORT, 5_000_000L + i, 0))));
    }
    stored.add(
        new Gap(meter, END.minusSeconds(3_000), END.minusSeconds(60), Gap.Reason.UNREACHABLE));
  }

  private ContentService open(long maxBytes) throws IOException {
    ContentService service = new ContentService(clock, data.resolve("content"), hub, maxBytes);
    service.bindHistory(history);
    service.bindJournal(journal);
    return service;
  }

  private static byte[] key(int seed) {
    byte[] key = new byte[32];
    Arrays.fill(key, (byte) seed);
    return key;
  }

  static String multikey(byte[] privateKey) {
    return SealedFile.publicKey(privateKey);
  }

  private List<Recipient> both() throws Exception {
    return List.of(
        new Recipient("Alice Example", multikey(alice)),
        new Recipient("Bob Example", "did:key:" + multikey(bob)));
  }

  private Sealed sealDay() throws Exception {
    return store.seal(List.of(meter), DAY, END, both());
  }

  private byte[] file(Sealed sealed) throws IOException {
    try (InputStream in = store.open(sealed.cid()).orElseThrow()) {
      return in.readAllBytes();
    }
  }

  private static byte[] opened(byte[] car, byte[] privateKey) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Opener.open(new ByteArrayInputStream(car), privateKey, out);
    return out.toByteArray();
  }

  /** Byte strings of a CBOR sequence. */
  private static List<byte[]> items(byte[] sequence) {
    List<byte[]> items = new ArrayList<>();
    ByteBuffer in = ByteBuffer.wrap(sequence);
    while (in.hasRemaining()) {
      int head = in.get() & 0xFF;
      assertThat(head >> 5).isEqualTo(2);
      int length =
          switch (head & 31) {
            case 24 -> in.get() & 0xFF;
            case 25 -> in.getShort() & 0xFFFF;
            case 26 -> in.getInt();
            default -> head & 31;
          };
      byte[] item = new byte[length];
      in.get(item);
      items.add(item);
    }
    return items;
  }

  private void verify(byte[] plain) throws Exception {
    List<byte[]> items = items(plain);
    Map<?, ?> header = (Map<?, ?>) Cbor.decode(items.get(0));
    assertThat(header.get(2L)).isEqualTo(hub.did());
    assertThat(header.get(3L)).isEqualTo(DAY.toEpochMilli());
    assertThat(header.get(4L)).isEqualTo(END.toEpochMilli());
    List<MeterRecord> records = new ArrayList<>();
    for (byte[] list : items.subList(1, items.size() - 1)) {
      records.addAll(CborCodec.decode(list));
    }
    assertThat(records).isEqualTo(stored);
    byte[] last = items.get(items.size() - 1);
    CoseSign1 signature = CoseSign1.parse(last);
    assertThat(signature.verify(hub.key(), SigningPurpose.READINGS)).isTrue();
    Map<?, ?> sum = (Map<?, ?>) Cbor.decode(signature.payload().orElseThrow());
    assertThat(sum.get(1L)).isEqualTo((long) stored.size());
    int head = last.length < 256 ? 2 : 3;
    assertThat((byte[]) sum.get(2L))
        .isEqualTo(Cid.sha256().digest(Arrays.copyOf(plain, plain.length - last.length - head)));
  }

  @Test
  void aDayIsSealedAndOpenedByEachRecipientOnly() throws Exception {
    Sealed sealed = sealDay();
    byte[] car = file(sealed);
    assertThat(sealed.bytes()).isEqualTo(car.length);
    assertThat(sealed.records()).isEqualTo(20_001);
    assertThat(sealed.recipients()).containsExactly("Alice Example", "Bob Example");
    verify(opened(car, alice));
    verify(opened(car, bob));
    assertThatThrownBy(() -> opened(car, key(3)))
        .isInstanceOf(MalformedContentException.class)
        .hasMessageContaining("not sealed to this key");
    assertThat(new String(car, StandardCharsets.ISO_8859_1))
        .as("who, whose and when stay inside")
        .doesNotContain("Alice Example", "Bob Example", hub.did());
    assertThat(indexOf(car, uuid(meter))).isNegative();
    assertThat(entries)
        .singleElement()
        .satisfies(e -> assertThat(e.get(2L)).isEqualTo(sealed.cid()));
  }

  private static byte[] uuid(DeviceId device) {
    return ByteBuffer.allocate(16)
        .putLong(device.value().getMostSignificantBits())
        .putLong(device.value().getLeastSignificantBits())
        .array();
  }

  private static int indexOf(byte[] where, byte[] what) {
    for (int i = 0; i + what.length <= where.length; i++) {
      if (Arrays.equals(where, i, i + what.length, what, 0, what.length)) {
        return i;
      }
    }
    return -1;
  }

  @Test
  void aRecipientOpensAFileWithoutAHub() throws Exception {
    byte[] car = file(sealDay());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    SealedFile.Opened opened = SealedFile.open(new ByteArrayInputStream(car), bob, out);
    assertThat(opened)
        .isEqualTo(new SealedFile.Opened(hub.did(), hub.key(), DAY, END, 1, stored.size()));
    assertThat(out.toByteArray()).isEqualTo(opened(car, bob));
    byte[] own = SealedFile.newKey();
    assertThat(RecipientKey.parse(SealedFile.publicKey(own))).isEqualTo(Hpke.publicKey(own));
    assertThatThrownBy(
            () ->
                SealedFile.open(
                    new ByteArrayInputStream(car), own, OutputStream.nullOutputStream()))
        .hasMessageContaining("not sealed to this key");
  }

  /** Whoever has the recipients' public keys can seal; only the hub can sign. */
  @Test
  void whatTheHubDidNotSignIsNotTakenForIts() throws Exception {
    byte[] plain = opened(file(sealDay()), alice);
    List<byte[]> items = items(plain);
    byte[] signature = items.get(items.size() - 1);
    int signed = plain.length - signature.length - (signature.length < 256 ? 2 : 3);
    byte[] other = plain.clone();
    other[signed / 2] ^= 1;
    Map<String, byte[]> forged =
        Map.of(
            "not over these readings",
            other,
            "end in the middle",
            Arrays.copyOf(plain, plain.length - 9),
            "missing or damaged",
            Arrays.copyOf(plain, signed),
            "something else than readings",
            new byte[] {1, 2, 3});
    for (Map.Entry<String, byte[]> each : forged.entrySet()) {
      Path parts = data.resolve("parts");
      Path car = data.resolve("forged.car");
      try (Sealer sealer = new Sealer(parts, 1 << 30, new SecureRandom())) {
        sealer.write(each.getValue());
        sealer.finish(car, List.of(Hpke.publicKey(alice)));
      }
      assertThatThrownBy(
              () -> {
                try (InputStream in = Files.newInputStream(car)) {
                  SealedFile.open(in, alice, OutputStream.nullOutputStream());
                }
              })
          .isInstanceOf(IOException.class)
          .hasMessageContaining(each.getKey());
      Files.delete(parts);
      Files.delete(car);
    }
  }

  @Test
  void theSameReadingsGiveAnotherFileEachTime() throws Exception {
    Sealed one = sealDay();
    Sealed two = sealDay();
    assertThat(one.cid()).isNotEqualTo(two.cid());
  }

  @Test
  void whatIsChangedCutOrReorderedIsNoticed() throws Exception {
    byte[] car = file(sealDay());
    SecureRandom random = new SecureRandom();
    for (int i = 0; i < 200; i++) {
      byte[] changed = car.clone();
      changed[i < 100 ? random.nextInt(800) : random.nextInt(car.length)] ^=
          (byte) (1 << random.nextInt(8));
      assertThatThrownBy(() -> opened(changed, alice)).isInstanceOf(IOException.class);
      byte[] cut = Arrays.copyOf(car, random.nextInt(car.length));
      assertThatThrownBy(() -> opened(cut, alice)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void anAttackerWithAValidRootCannotDropTheLastPart() throws Exception {
    byte[] car = file(sealDay());
    Car.Reader reader = new Car.Reader(new ByteArrayInputStream(car));
    Map<?, ?> root = (Map<?, ?>) Cbor.decode(reader.next().data());
    List<?> parts = (List<?>) root.get("parts");
    assertThat(parts.size()).isGreaterThan(2);
    byte[] shorter =
        Cbor.encode(
            Map.of("v", 1L, "to", root.get("to"), "parts", parts.subList(0, parts.size() - 1)));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Cid cid = Cid.of(Cid.DAG_CBOR, shorter);
    Car.writeHeader(out, cid);
    Car.writeBlock(out, cid, shorter, shorter.length);
    for (int i = 1; i < parts.size(); i++) {
      Car.Block block = reader.next();
      Car.writeBlock(out, block.cid(), block.data(), block.data().length);
    }
    assertThatThrownBy(() -> opened(out.toByteArray(), alice))
        .isInstanceOf(MalformedContentException.class)
        .hasMessageContaining("not sealed to this key");
  }

  @Test
  void aRestartKeepsWhatIsWholeAndDropsTheRest() throws Exception {
    Sealed sealed = sealDay();
    Path folder = data.resolve("content");
    Files.writeString(folder.resolve(".car.tmp"), "half");
    Files.writeString(folder.resolve("bafyhalf.car"), "without index");
    Files.writeString(folder.resolve("bafyother.index"), "without car");
    store = open(64 * 1024 * 1024);
    assertThat(store.list()).containsExactly(sealed);
    verify(opened(file(sealed), alice));
    try (var files = Files.list(folder)) {
      assertThat(files).hasSize(2);
    }
    store.delete(sealed.cid());
    store.delete(sealed.cid());
    assertThat(store.open(sealed.cid())).isEmpty();
    assertThat(open(64 * 1024 * 1024).list()).isEmpty();
  }

  @Test
  void theOldestGoWhenTheStoreIsFull() throws Exception {
    Sealed first = sealDay();
    clock.advance(Duration.ofHours(1));
    store = open(first.bytes() * 2 + 100_000);
    Sealed second = sealDay();
    clock.advance(Duration.ofHours(1));
    Sealed third = sealDay();
    assertThat(store.list()).containsExactly(third, second);
    store = open(first.bytes() / 2);
    assertThatThrownBy(this::sealDay)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("more than the content store keeps");
    try (var files = Files.list(data.resolve("content"))) {
      assertThat(files).as("nothing is left of the failure").hasSize(4);
    }
  }

  @Test
  void whatCannotBeSealedIsSaid() throws Exception {
    List<Recipient> to = both();
    assertThatThrownBy(() -> store.seal(List.of(DeviceId.random()), DAY, END, to))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no readings");
    assertThatThrownBy(() -> store.seal(List.of(), DAY, END, to))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> store.seal(List.of(meter), END, DAY, to))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> store.seal(List.of(meter), DAY, DAY.plusSeconds(32 * 86_400), to))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> store.seal(List.of(meter), DAY, END, List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> store.seal(List.of(meter), DAY, END, List.of(new Recipient("Eve", "z6Mk"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("z6LS");
    store.unbindHistory(history);
    assertThatThrownBy(() -> store.seal(List.of(meter), DAY, END, to))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("history");
  }

  @Test
  void eachLocalDayIsSealedOnceAndMadeUpForLater() throws Exception {
    Path file = data.resolve("daily");
    String[] to = {"Alice = " + multikey(alice)};
    DailySeal daily =
        new DailySeal(
            clock,
            ZoneId.of("Europe/Rome"),
            store,
            file,
            new String[] {meter.toString()},
            to,
            false);
    daily.tick();
    daily.tick();
    assertThat(store.list())
        .singleElement()
        .satisfies(
            s -> {
              assertThat(s.from()).isEqualTo(DAY);
              assertThat(s.to()).isEqualTo(END);
            });
    store.unbindHistory(history);
    clock.advance(Duration.ofDays(3));
    daily.tick();
    assertThat(store.list()).hasSize(1);
    store.bindHistory(history);
    Instant later = DAY.plus(Duration.ofDays(2));
    stored.add(
        new ReadingFrame(
            meter, 0, later, 1, 2, List.of(Measurement.of(Quantity.ACTIVE_POWER, 1, 0))));
    daily.tick();
    assertThat(store.list()).hasSize(2);
    assertThat(store.list().get(0).from()).isEqualTo(later);
    assertThat(Files.readString(file)).isEqualTo("2026-01-18");
    daily.deactivate();
    assertThatThrownBy(
            () ->
                new DailySeal(
                    clock, ZoneId.of("UTC"), store, file, new String[0], new String[] {"x"}, false))
        .hasMessageContaining("'x'");
  }

  /** Other authors' CAR, DAG-CBOR and HPKE libraries read, verify and open it. */
  @Test
  void anIpfsClientReadsItWithEqualIdentifiers() throws Exception {
    install();
    Sealed sealed = sealDay();
    byte[] car = file(sealed);
    Files.write(FOLDER.resolve("sealed.car"), car);
    Path plain = FOLDER.resolve("plain");
    String said =
        run(60, "node", "open.mjs", "sealed.car", HexFormat.of().formatHex(bob), plain.toString());
    System.out.println("Read by @ipld/car, opened by @hpke/core: " + said.strip());
    Matcher root = Pattern.compile("\"root\":\"(\\w+)\",\"blocks\":\\[([^]]*)]").matcher(said);
    assertThat(root.find()).as(said).isTrue();
    assertThat(root.group(1)).isEqualTo(sealed.cid());
    List<String> cids = new ArrayList<>();
    Car.Reader reader = new Car.Reader(new ByteArrayInputStream(car));
    for (Car.Block block = reader.next(); block != null; block = reader.next()) {
      cids.add('"' + block.cid().toString() + '"');
      assertThat(block.data().length).isLessThanOrEqualTo(256 * 1024);
    }
    assertThat(root.group(2)).isEqualTo(String.join(",", cids));
    verify(Files.readAllBytes(plain));
  }

  private static void install() throws Exception {
    if (!there("node") || !there("npm")) {
      System.out.println(
          "SKIPPED an IPFS client on sealed content: node and npm are not installed (apt-get"
              + " install nodejs npm).");
      assumeTrue(false, "no node");
    }
    Files.createDirectories(FOLDER);
    StringBuilder wanted = new StringBuilder();
    for (String name : List.of("package.json", "package-lock.json", "npmrc", "open.mjs")) {
      try (InputStream in = ContentServiceTest.class.getResourceAsStream("/ipfs-reader/" + name)) {
        byte[] bytes = in.readAllBytes();
        Files.write(FOLDER.resolve(name.equals("npmrc") ? ".npmrc" : name), bytes);
        if (!name.equals("open.mjs")) {
          wanted.append(new String(bytes, StandardCharsets.UTF_8));
        }
      }
    }
    Path installed = FOLDER.resolve("installed.txt");
    if (!Files.exists(installed) || !Files.readString(installed).contentEquals(wanted)) {
      run(240, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
      Files.writeString(installed, wanted);
    }
  }

  private static String run(int seconds, String... command) throws Exception {
    Path log = FOLDER.resolve(command[0] + ".txt");
    Process process =
        new ProcessBuilder(command)
            .directory(FOLDER.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertThat(process.waitFor(seconds, TimeUnit.SECONDS)).as("%s ends", command[0]).isTrue();
    String said = Files.readString(log);
    assertThat(process.exitValue()).as(said).isZero();
    return said;
  }

  private static boolean there(String program) throws InterruptedException {
    try {
      return new ProcessBuilder(program, "--version")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void nothingIsFoundUnderAnotherName() throws IOException {
    assertThat(store.open("../../etc/passwd")).isEqualTo(Optional.empty());
  }
}
