package org.commonshub.identity.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class KeyLogTest {
  private static final Instant START = Instant.parse("2026-01-15T12:00:00.750Z");

  private final Keys first = Keys.make();
  private final Keys second = Keys.make();
  private final Keys third = Keys.make();
  private final byte[] one = KeyLogWriter.begin(first.open(), second.open(), START, first);
  private final byte[] two = append(one, second, third.open());

  private static byte[] append(byte[] log, Keys key, VerificationKey next) {
    try {
      return KeyLogWriter.append(log, key.open(), next, START.plusSeconds(86_400), key);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @EnumSource(KeyAlgorithm.class)
  void aLogTellsItsNameAndItsKeys(KeyAlgorithm algorithm) throws Exception {
    Keys a = Keys.make(algorithm);
    Keys b = Keys.make(); // a log may change its algorithm
    byte[] begun = KeyLogWriter.begin(a.open(), b.open(), START, a);
    KeyLog log = KeyLog.verify(append(begun, b, Keys.make(algorithm).open()));
    assertThat(log.did()).isEqualTo(KeyLog.verify(begun).did());
    assertThat(log.did()).matches("did:webvh:Qm[1-9A-HJ-NP-Za-km-z]{44}:hub\\.local");
    assertThat(log.periods()).extracting(KeyLog.Period::key).containsExactly(a.open(), b.open());
    assertThat(log.periods())
        .extracting(KeyLog.Period::since)
        .containsExactly(
            Instant.parse("2026-01-15T12:00:00Z"), Instant.parse("2026-01-16T12:00:00Z"));
    assertThat(log.current()).isEqualTo(b.open());
    assertThat(log.key(a.open().multikey())).contains(a.open());
    assertThat(log.key(Keys.make().open().multikey())).isEmpty();
  }

  @Test
  void anEntryIsOneCanonicalLineOfTheMethod() throws Exception {
    String line = new String(one, StandardCharsets.UTF_8);
    assertThat(line).endsWith("}\n").doesNotContain(" ");
    Map<String, Object> entry = Json.object(Arrays.copyOf(one, one.length - 1));
    assertThat(Json.canonical(entry) + "\n").isEqualTo(line);
    assertThat(Json.map(entry.get("parameters"), "parameters"))
        .containsOnlyKeys("method", "scid", "updateKeys", "nextKeyHashes", "portable")
        .containsEntry("method", "did:webvh:1.0")
        .containsEntry("portable", false);
    assertThat((String) entry.get("versionId")).startsWith("1-Qm");
  }

  @Test
  void aClockSetBackDoesNotStopARotation() throws Exception {
    KeyLog log =
        KeyLog.verify(KeyLogWriter.append(one, second.open(), third.open(), Instant.EPOCH, second));
    assertThat(log.periods().get(1).since()).isEqualTo(log.periods().get(0).since().plusSeconds(1));
  }

  @Test
  void onlyThePromisedKeyGoesOn() {
    for (Keys other : List.of(first, third)) {
      assertThatThrownBy(() -> KeyLogWriter.append(one, other.open(), third.open(), START, other))
          .hasMessageContaining("not promised");
    }
    assertThatThrownBy(() -> KeyLogWriter.append(one, second.open(), third.open(), START, third))
        .hasMessageContaining("Entry 2")
        .hasMessageContaining("signature does not hold");
  }

  @Test
  void oneLogContinuesAnotherOrTwoHubsHoldOneKey() throws Exception {
    KeyLog begun = KeyLog.verify(one);
    KeyLog later = KeyLog.verify(two);
    assertThat(later.continues(begun)).isTrue();
    assertThat(later.continues(later)).isTrue();
    assertThat(begun.continues(later)).isFalse();
    // the same promised key, at the same instant, with another promise: a copy went on by itself
    KeyLog copy = KeyLog.verify(append(one, second, Keys.make().open()));
    assertThat(copy.continues(later) || later.continues(copy)).isFalse();
    assertThat(copy.continues(begun)).isTrue();
  }

  @Test
  void everyByteCounts() {
    Random random = new Random(1);
    int differs = 0;
    for (int i = 0; i < two.length; i++) {
      byte[] changed = two.clone();
      changed[i] ^= (byte) (1 << random.nextInt(7));
      try {
        KeyLog.verify(changed);
        differs++;
      } catch (IOException e) {
        assertThat(e.getMessage()).startsWith("Entry ");
      }
    }
    assertThat(differs).as("changes that were not noticed").isZero();
  }

  @Test
  void linesBelongTogether() throws Exception {
    byte[] last = Arrays.copyOfRange(two, one.length, two.length);
    assertThat(KeyLog.verify(Arrays.copyOf(two, two.length - 1)).periods()).hasSize(2);
    for (byte[] log :
        List.of(
            last,
            join(last, one),
            join(one, one),
            join(two, last),
            join(two, new byte[] {'\n'}),
            join(new byte[] {'\n'}, two),
            Arrays.copyOf(two, two.length - 2),
            Arrays.copyOf(two, one.length + 20),
            new byte[0],
            new byte[KeyLog.MAX_BYTES + 1])) {
      assertThatThrownBy(() -> KeyLog.verify(log)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void aFullLogIsRefusedInsteadOfCut() throws Exception {
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    log.writeBytes(one);
    KeyLogReader reader = KeyLogReader.of(one);
    String version = reader.version();
    Instant time = reader.since();
    Keys key = second;
    while (log.size() < KeyLog.MAX_BYTES - two.length) {
      Keys next = Keys.make();
      time = time.plusSeconds(1);
      Map<String, Object> entry = secondEntry();
      entry.put("versionTime", time.toString());
      parameters(entry).put("updateKeys", List.of(key.open().multikey()));
      parameters(entry).put("nextKeyHashes", List.of(KeyLogReader.hash(next.open().multikey())));
      int number = Integer.parseInt(version.split("-")[0]) + 1;
      log.writeBytes(KeyLogWriter.line(entry, number, version, key.open(), key));
      version = (String) entry.get("versionId");
      key = next;
    }
    byte[] full = log.toByteArray();
    int entries = KeyLog.verify(full).periods().size();
    assertThat(entries).isGreaterThan(150);
    Keys last = key;
    assertThatThrownBy(
            () -> {
              byte[] more = KeyLogWriter.append(full, last.open(), last.open(), START, last);
              KeyLogWriter.append(more, last.open(), last.open(), START, last);
            })
        .hasMessageContaining("bytes");
  }

  private static byte[] join(byte[] a, byte[] b) {
    ByteArrayOutputStream both = new ByteArrayOutputStream();
    both.writeBytes(a);
    both.writeBytes(b);
    return both.toByteArray();
  }

  /** Second entries that the right key signed, each with one thing wrong. */
  static Stream<Arguments> wrong() {
    return Stream.of(
        wrong("method", entry -> parameters(entry).put("scid", "Qm")),
        wrong("method", entry -> parameters(entry).put("portable", true)),
        wrong("method", entry -> parameters(entry).put("method", "did:webvh:0.5")),
        wrong("a parameter is not among", entry -> parameters(entry).put("witness", Map.of())),
        wrong("members", entry -> entry.put("more", 1L)),
        wrong("0 update keys", entry -> parameters(entry).put("updateKeys", List.of())),
        wrong("updateKeys", entry -> parameters(entry).remove("updateKeys")),
        wrong("2 update keys", entry -> parameters(entry).put("updateKeys", List.of("za", "zb"))),
        wrong("not a did:key", entry -> parameters(entry).put("updateKeys", List.of("a"))),
        wrong("nextKeyHashes", entry -> parameters(entry).remove("nextKeyHashes")),
        wrong("no next key", entry -> parameters(entry).put("nextKeyHashes", List.of())),
        wrong("base58", entry -> parameters(entry).put("nextKeyHashes", List.of("Qm"))),
        wrong("another name", entry -> state(entry).put("id", "did:webvh:x:y")),
        wrong("another name", entry -> state(entry).remove("id")),
        wrong("not younger", entry -> entry.put("versionTime", "2026-01-15T12:00:00Z")),
        wrong("not UTC", entry -> entry.put("versionTime", "2027-01-15T12:00:00+01:00")),
        wrong("not an instant", entry -> entry.put("versionTime", "tomorrowZ")),
        wrong("versionTime", entry -> entry.put("versionTime", 1L)));
  }

  private static Arguments wrong(String message, Consumer<Map<String, Object>> change) {
    return Arguments.of(message, change);
  }

  private static Map<String, Object> parameters(Map<String, Object> entry) {
    return map(entry, "parameters");
  }

  private static Map<String, Object> state(Map<String, Object> entry) {
    return map(entry, "state");
  }

  private static Map<String, Object> map(Map<String, Object> entry, String name) {
    try {
      return Json.map(entry.get(name), name);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private Map<String, Object> secondEntry() throws IOException {
    Map<String, Object> entry = Json.object(Arrays.copyOfRange(two, one.length, two.length - 1));
    entry.remove("proof");
    return entry;
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void signedButAgainstTheMethod(String message, Consumer<Map<String, Object>> change)
      throws Exception {
    Map<String, Object> entry = secondEntry();
    change.accept(entry);
    byte[] line =
        KeyLogWriter.line(entry, 2, KeyLogReader.of(one).version(), second.open(), second);
    assertThatThrownBy(() -> KeyLog.verify(join(one, line)))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("Entry 2 of the key log: ")
        .hasMessageContaining(message);
  }

  @Test
  void aNumberOrPredecessorThatIsWrong() throws Exception {
    for (int number : new int[] {1, 3}) {
      byte[] line =
          KeyLogWriter.line(
              secondEntry(), number, KeyLogReader.of(one).version(), second.open(), second);
      assertThatThrownBy(() -> KeyLog.verify(join(one, line))).hasMessageContaining("its hash");
    }
    byte[] line = KeyLogWriter.line(secondEntry(), 2, "1-Qm", second.open(), second);
    assertThatThrownBy(() -> KeyLog.verify(join(one, line))).hasMessageContaining("its hash");
  }

  /** Proofs with one thing wrong, over an entry that is right. */
  @Test
  void proofsOfAnotherKind() throws Exception {
    Map<String, String> wrong =
        Map.of(
            "type", "Ed25519Signature2020",
            "cryptosuite", "ecdsa-jcs-2019",
            "proofPurpose", "authentication",
            "verificationMethod", third.open().didKey() + "#" + third.open().multikey(),
            "proofValue", "z" + "1".repeat(100),
            "domain", "example.com");
    for (Map.Entry<String, String> change : wrong.entrySet()) {
      Map<String, Object> entry = secondEntry();
      KeyLogWriter.line(entry, 2, KeyLogReader.of(one).version(), second.open(), second);
      Map<String, Object> proof = Json.map(((List<?>) entry.get("proof")).get(0), "proof");
      proof.put(change.getKey(), change.getValue());
      byte[] line = Json.canonical(entry).getBytes(StandardCharsets.UTF_8);
      assertThatThrownBy(() -> KeyLog.verify(join(one, line)))
          .as(change.getKey())
          .hasMessageStartingWith("Entry 2 of the key log: ");
    }
    for (List<Object> proofs : List.of(List.of(), List.<Object>of(1L), List.<Object>of(1L, 2L))) {
      Map<String, Object> entry = new TreeMap<>(secondEntry());
      entry.put("versionId", KeyLog.verify(two).periods().get(1).version());
      entry.put("proof", proofs);
      byte[] line = Json.canonical(entry).getBytes(StandardCharsets.UTF_8);
      assertThatThrownBy(() -> KeyLog.verify(join(one, line))).hasMessageContaining("proof");
    }
  }

  @Test
  void theNameIsTheHashOfTheFirstEntry() throws Exception {
    Map<String, Object> entry = Json.object(Arrays.copyOf(one, one.length - 1));
    entry.remove("proof");
    String scid = (String) parameters(entry).get("scid");
    // its own keys under another's name
    Keys thief = Keys.make();
    parameters(entry).put("updateKeys", List.of(thief.open().multikey()));
    byte[] stolen = KeyLogWriter.line(entry, 1, scid, thief.open(), thief);
    assertThatThrownBy(() -> KeyLog.verify(stolen)).hasMessageContaining("hash is not the name");
    // a place for the name that was not filled in
    Map<String, Object> unfilled = Json.object(Arrays.copyOf(one, one.length - 1));
    unfilled.remove("proof");
    state(unfilled).put("alsoKnownAs", List.of("{SCID}"));
    byte[] line = KeyLogWriter.line(unfilled, 1, scid, first.open(), first);
    assertThatThrownBy(() -> KeyLog.verify(line)).hasMessageContaining("hash is not the name");
  }
}
