package org.commonshub.benchmarks;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.ledger.api.Checkpoint;
import org.commonshub.ledger.api.EntryKind;
import org.commonshub.ledger.api.MerkleTree;
import org.commonshub.ledger.api.ReceiptVerifier;
import org.commonshub.ledger.api.SlotRegisters;
import org.commonshub.ledger.journal.JournalComponent;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeHubPaths;
import org.commonshub.testing.fakes.FakeIdentity;

/**
 * The journal of one meter after 20 years: start, append with signature, receipts, and checking a
 * day of them; against appends without hash and signature, and against hashing everything again.
 * Then what the contracts cost ({@link LedgerGas}).
 */
public final class LedgerBench implements Bench {
  private static final int DAY = 96;
  private static final int ENTRIES = 20 * 365 * DAY;
  private static final int ROUNDS = 400;
  private static final Instant START = Instant.parse("2006-01-01T00:00:00Z");
  private static final UUID METER = UUID.fromString("6f1e2d3c-0000-4000-8000-000000000001");

  @Override
  public String name() {
    return "ledger";
  }

  @Override
  public String summary() {
    return "append and signature, size and check of proofs of a journal of 20 years, gas of the"
        + " contracts; against appends and checks without them";
  }

  @Override
  public Result run(PrintStream progress) throws Exception {
    Map<String, Number> figures = new LinkedHashMap<>();
    Map<String, Number> baseline = new LinkedHashMap<>();
    Path work = Files.createTempDirectory("ledger-bench");
    try {
      FakeIdentity identity = new FakeIdentity("bench");
      Path file = work.resolve("20years.journal");
      write(file, identity);
      progress.printf("20 years of one meter: %,d entries, %,d bytes%n", ENTRIES, Files.size(file));
      journal(work, file, identity, figures, progress);
      rehash(file, identity, baseline, progress);
      plain(work, baseline);
      sqlite(work, baseline);
      LedgerGas.measure(figures, baseline, progress);
    } finally {
      delete(work);
    }
    return new Result(figures, baseline);
  }

  private static byte[] content(long number) {
    return new SlotRegisters(
            METER,
            START.plusSeconds(900 * number),
            0,
            List.of(
                new SlotRegisters.Register(
                    "1-0:1.8.0", START.plusSeconds(900 * number + 899), 12_345_678 + number, -1, 0),
                new SlotRegisters.Register(
                    "1-0:2.8.0", START.plusSeconds(900 * number + 899), 9_876_543, -1, 0)),
            Optional.empty())
        .encode();
  }

  /** A journal of 20 years as it comes from a backup. */
  private static void write(Path file, FakeIdentity identity) throws IOException {
    byte[][] peaks = new byte[Long.SIZE][];
    byte[] previous = MerkleTree.empty();
    Random random = new Random(1);
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), 1 << 16))) {
      out.write(ReceiptVerifier.JOURNAL_MAGIC.getBytes(StandardCharsets.US_ASCII));
      for (long i = 0; i < ENTRIES; i++) {
        byte[] content = content(i);
        byte[] salt = new byte[16];
        random.nextBytes(salt);
        byte[] leaf =
            new ReceiptVerifier.Leaf(
                    i,
                    EntryKind.READINGS.number(),
                    START.plusSeconds(900 * i + 901),
                    previous,
                    ReceiptVerifier.commitment(salt, content))
                .data();
        record(out, Arrays.asList(1L, leaf, salt, content));
        previous = MerkleTree.leaf(leaf);
        byte[] hash = previous;
        int height = 0;
        for (; (i >> height & 1) == 1; height++) {
          hash = MerkleTree.node(peaks[height], hash);
        }
        peaks[height] = hash;
      }
      byte[] root = null;
      for (int height = 0; height < Long.SIZE - 1; height++) {
        if ((ENTRIES >> height & 1) == 1 && height < Integer.SIZE) {
          root = root == null ? peaks[height] : MerkleTree.node(peaks[height], root);
        }
      }
      byte[] signed =
          identity.sign(
              SigningPurpose.CHECKPOINT,
              Checkpoint.payload(
                  identity.did(), 1, ENTRIES, root, START.plusSeconds(900L * ENTRIES)));
      record(out, List.of(2L, signed, List.of(), identity.keyLog()));
    }
  }

  private static void record(DataOutputStream out, List<?> record) throws IOException {
    byte[] bytes = Cbor.encode(record);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static void journal(
      Path work,
      Path file,
      FakeIdentity identity,
      Map<String, Number> figures,
      PrintStream progress)
      throws Exception {
    FakeHubPaths paths = FakeHubPaths.in(work.resolve("hub"));
    FakeHubClock clock = new FakeHubClock(START.plusSeconds(900L * ENTRIES + 900));
    JournalComponent journal = new JournalComponent(paths, clock, identity, null);
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      journal.restoreBackup(in);
    }
    journal.deactivate();

    List<Double> starts = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      long begin = System.nanoTime();
      journal = new JournalComponent(paths, clock, identity, null);
      starts.add((System.nanoTime() - begin) / 1e6);
      journal.deactivate();
    }
    figures.put("start_ms", median(starts));

    journal = new JournalComponent(paths, clock, identity, null);
    awaitCheck();
    List<Double> both = new ArrayList<>();
    for (int i = 0; i < ROUNDS; i++) {
      clock.advance(Duration.ofMinutes(15));
      byte[] content = content(ENTRIES + i);
      long begin = System.nanoTime();
      journal.append(EntryKind.READINGS, content);
      journal.checkpoint();
      both.add((System.nanoTime() - begin) / 1e6);
    }
    figures.put("append_sign_ms", median(both));
    both.sort(Comparator.naturalOrder());
    figures.put("append_sign_ms_p99", round(both.get(ROUNDS * 99 / 100)));

    Checkpoint checkpoint = journal.checkpoint();
    byte[] payload =
        Checkpoint.payload(
            checkpoint.origin(),
            checkpoint.epoch(),
            checkpoint.size(),
            checkpoint.root(),
            checkpoint.instant());
    for (String neighbour : List.of("a", "b", "c")) {
      journal.cosigned(
          checkpoint.size(), new FakeIdentity(neighbour).sign(SigningPurpose.COSIGNATURE, payload));
    }
    List<byte[]> receipts = new ArrayList<>();
    long begin = System.nanoTime();
    for (int i = 0; i < DAY; i++) {
      receipts.add(journal.receipt(ENTRIES / 2 + i));
    }
    figures.put("receipt_ms", round((System.nanoTime() - begin) / 1e6 / DAY));
    Map<?, ?> parts = (Map<?, ?>) Cbor.decode(receipts.get(0));
    int proof = 0;
    for (long part : List.of(3L, 4L, 5L, 6L, 7L)) {
      proof += Cbor.encode(parts.get(part)).length;
    }
    figures.put("proof_bytes", proof);
    figures.put("receipt_bytes", receipts.get(0).length);

    List<Double> days = new ArrayList<>();
    for (int round = 0; round < 15; round++) {
      ReceiptVerifier verifier = new ReceiptVerifier(Optional.of(identity.did()));
      begin = System.nanoTime();
      for (byte[] receipt : receipts) {
        if (!verifier.receipt(receipt).sound()) {
          throw new IllegalStateException("a receipt does not hold");
        }
      }
      days.add((System.nanoTime() - begin) / 1e6);
    }
    figures.put("verify_day_first_ms", round(days.get(0)));
    figures.put("verify_day_ms", median(days));
    begin = System.nanoTime();
    for (byte[] receipt : receipts) {
      new ReceiptVerifier(Optional.of(identity.did())).receipt(receipt);
    }
    figures.put("verify_96_apart_ms", round((System.nanoTime() - begin) / 1e6));
    progress.printf(
        "journal: %s ms to append and sign, %d bytes of proof, %s ms a day%n",
        figures.get("append_sign_ms"), proof, figures.get("verify_day_ms"));
    journal.deactivate();
  }

  /** The check at start reads 20 years; measured is the day after. */
  private static void awaitCheck() throws InterruptedException {
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().equals("ledger-journal-check")) {
        thread.join();
      }
    }
  }

  /** Without proofs, one has to have everything and hash it again. */
  private static void rehash(
      Path file, FakeIdentity identity, Map<String, Number> baseline, PrintStream progress)
      throws IOException {
    long begin = System.nanoTime();
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      if (!new ReceiptVerifier(Optional.of(identity.did())).journal(in).sound()) {
        throw new IllegalStateException("the journal does not hold");
      }
    }
    baseline.put("rehash_all_ms", round((System.nanoTime() - begin) / 1e6));
    baseline.put("rehash_all_bytes", Files.size(file));
    progress.printf("hashing everything again: %s ms%n", baseline.get("rehash_all_ms"));
  }

  private static void plain(Path work, Map<String, Number> baseline) throws IOException {
    List<Double> times = new ArrayList<>();
    try (FileChannel channel =
        FileChannel.open(
            work.resolve("plain"), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      for (int i = 0; i < ROUNDS; i++) {
        byte[] content = content(i);
        long begin = System.nanoTime();
        channel.write(ByteBuffer.wrap(content));
        channel.force(true);
        times.add((System.nanoTime() - begin) / 1e6);
      }
    }
    baseline.put("plain_file_append_ms", median(times));
  }

  private static void sqlite(Path work, Map<String, Number> baseline) throws Exception {
    List<Double> times = new ArrayList<>();
    try (Connection connection =
        DriverManager.getConnection("jdbc:sqlite:" + work.resolve("plain.db"))) {
      try (Statement statement = connection.createStatement()) {
        statement.execute("PRAGMA journal_mode = WAL");
        statement.execute("PRAGMA synchronous = FULL");
        statement.execute("CREATE TABLE entry(id INTEGER PRIMARY KEY, content BLOB)");
      }
      try (PreparedStatement insert =
          connection.prepareStatement("INSERT INTO entry(content) VALUES(?)")) {
        for (int i = 0; i < ROUNDS; i++) {
          byte[] content = content(i);
          long begin = System.nanoTime();
          insert.setBytes(1, content);
          insert.executeUpdate();
          times.add((System.nanoTime() - begin) / 1e6);
        }
      }
    }
    baseline.put("plain_sqlite_append_ms", median(times));
  }

  private static double median(List<Double> times) {
    List<Double> sorted = new ArrayList<>(times);
    sorted.sort(Comparator.naturalOrder());
    return round(sorted.get(sorted.size() / 2));
  }

  private static double round(double value) {
    return Math.round(value * 100) / 100.0;
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
