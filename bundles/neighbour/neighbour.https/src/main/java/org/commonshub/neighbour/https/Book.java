package org.commonshub.neighbour.https;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.KeyLog;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.identity.api.VerificationKey;
import org.commonshub.neighbour.api.Neighbour;
import org.commonshub.platform.api.DurableFiles;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is a neighbour, and which key log it has shown. On disk: {@code neighbours.json} and one file
 * per key log, all of them replaced as a whole. Any thread.
 */
final class Book {
  static final int MAX = 64;

  private static final Logger LOG = LoggerFactory.getLogger(Book.class);
  private static final int MAX_FILE = 256 * 1024;
  private static final int MAX_RECORD = KeyLog.MAX_BYTES + 4096;
  private static final int MAX_PORT = 65_535;
  private static final Pattern DID =
      Pattern.compile("did:webvh:[1-9A-HJ-NP-Za-km-z]{46}:[A-Za-z0-9._%:-]{1,190}");
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._:%-]{1,253}");
  private static final String CARD = "commonshub:";
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(3)
                  .maxStringLength(1024)
                  .maxNameLength(64)
                  .build())
          .build();

  /**
   * What stands in the file.
   *
   * @param key multikey from the card; empty if only the DID was entered
   */
  record Entry(String did, String name, String host, int port, String key) {}

  private static final class Known {
    private final Entry entry;
    private KeyLog log;
    private byte[] packedDigest;
    private Instant heard;
    private String problem;

    Known(Entry entry) {
      this.entry = entry;
    }
  }

  private final Path directory;
  private final String self;
  private final Map<String, Known> known = new LinkedHashMap<>();

  /**
   * Opens it.
   *
   * @param self DID of this hub
   */
  Book(Path directory, String self) throws IOException {
    this.directory = DurableFiles.privateDirectory(directory);
    this.self = self;
    try {
      for (Entry entry : parse(DurableFiles.read(file(), MAX_FILE))) {
        known.put(entry.did(), new Known(entry));
      }
    } catch (NoSuchFileException e) {
      LOG.debug("No neighbours yet", e);
    }
    for (Known each : known.values()) {
      try {
        each.log = KeyLog.verify(DurableFiles.read(logFile(each.entry.did()), KeyLog.MAX_BYTES));
      } catch (NoSuchFileException e) {
        LOG.debug("Not heard of yet", e);
      } catch (IOException e) {
        each.problem =
            "Its key log on this hub's disk is damaged ("
                + e.getMessage()
                + "): remove the neighbour and enter it again.";
        LOG.warn("{}: {}", each.entry.name(), each.problem);
      }
    }
  }

  synchronized List<Neighbour> list() {
    return known.values().stream().map(Book::shown).toList();
  }

  synchronized Optional<Neighbour> find(String did) {
    return Optional.ofNullable(known.get(did)).map(Book::shown);
  }

  synchronized Optional<KeyLog> keyLog(String did) {
    return Optional.ofNullable(known.get(did)).map(each -> each.log);
  }

  private static Neighbour shown(Known each) {
    return new Neighbour(
        each.entry.did(),
        each.entry.name(),
        each.entry.host(),
        each.entry.port(),
        Optional.ofNullable(each.heard),
        Optional.ofNullable(each.problem));
  }

  /** Enters one; see {@code Neighbours.add}. */
  synchronized Neighbour add(String card, String name, String host, int port) throws IOException {
    Entry entry = entry(card, name, host, port);
    if (entry.did().equals(self)) {
      throw new IOException("This is the card of this hub itself: scan the one of the neighbour.");
    }
    if (known.containsKey(entry.did())) {
      throw new IOException(
          "This hub is on the list already, as " + known.get(entry.did()).entry.name() + ".");
    }
    if (known.size() >= MAX) {
      throw new IOException("There are " + MAX + " neighbours already: remove one first.");
    }
    Known added = new Known(entry);
    known.put(entry.did(), added);
    try {
      store();
    } catch (IOException e) {
      known.remove(entry.did());
      throw e;
    }
    return shown(added);
  }

  /** Forgets one; false if there was none. */
  synchronized boolean remove(String did) throws IOException {
    Known removed = known.get(did);
    if (removed == null) {
      return false;
    }
    Map<String, Known> before = new LinkedHashMap<>(known);
    known.remove(did);
    try {
      store();
    } catch (IOException e) {
      known.clear();
      known.putAll(before);
      throw e;
    }
    Files.deleteIfExists(logFile(did));
    return true;
  }

  /**
   * Writes the list into a backup: per neighbour length (4) and deterministic CBOR {@code [DID,
   * name, host, port, key, key log or null]}, a length of 0 at the end.
   */
  void backup(OutputStream out) throws IOException {
    List<Entry> entries;
    synchronized (this) {
      entries = known.values().stream().map(each -> each.entry).toList();
    }
    DataOutputStream data = new DataOutputStream(out);
    for (Entry entry : entries) {
      byte[] record =
          Cbor.encode(
              Arrays.asList(
                  entry.did(),
                  entry.name(),
                  entry.host(),
                  (long) entry.port(),
                  entry.key(),
                  shownLog(entry.did()).orElse(null)));
      data.writeInt(record.length);
      data.write(record);
    }
    data.writeInt(0);
    data.flush();
  }

  private synchronized Optional<byte[]> shownLog(String did) throws IOException {
    Path file = logFile(did);
    return Files.exists(file)
        ? Optional.of(DurableFiles.read(file, KeyLog.MAX_BYTES))
        : Optional.empty();
  }

  /**
   * Enters the neighbours of a backup that are not on the list. What this hub knows stays; only a
   * key log that grew out of the known one is taken over, so no old key comes back.
   *
   * @return DIDs of those entered
   */
  synchronized List<String> restore(InputStream in) throws IOException {
    Map<String, Known> before = new LinkedHashMap<>(known);
    List<String> entered = new ArrayList<>();
    try {
      DataInputStream data = new DataInputStream(in);
      int count = 0;
      for (int length = data.readInt(); length != 0; length = data.readInt()) {
        if (length < 0 || length > MAX_RECORD || ++count > MAX) {
          throw new IOException("it is too long");
        }
        byte[] record = new byte[length];
        data.readFully(record);
        Restored restored = restored(record);
        String did = restored.entry().did();
        if (did.equals(self) || !known.containsKey(did) && known.size() >= MAX) {
          continue;
        }
        if (!known.containsKey(did)) {
          known.put(did, new Known(restored.entry()));
          entered.add(did);
        }
        if (restored.log().isPresent()) {
          grow(known.get(did), restored.log().get());
        }
      }
      store();
      return entered;
    } catch (IOException e) {
      known.clear();
      known.putAll(before);
      for (String did : entered) {
        Files.deleteIfExists(logFile(did));
      }
      String why = e instanceof EOFException ? "it was cut off" : e.getMessage();
      throw new IOException("The neighbours in the backup are damaged: " + why, e);
    }
  }

  /** A neighbour in a backup. */
  record Restored(Entry entry, Optional<byte[]> log) {}

  /** Reads one back, its key log verified; refuses anything that {@link #add} would refuse. */
  static Restored restored(byte[] record) throws IOException {
    Object decoded;
    try {
      decoded = Cbor.decode(record);
    } catch (MalformedCborException e) {
      throw new IOException(e.getMessage(), e);
    }
    if (!(decoded instanceof List<?> parts
        && parts.size() == 6
        && parts.get(0) instanceof String did
        && parts.get(1) instanceof String name
        && parts.get(2) instanceof String host
        && parts.get(3) instanceof Long port
        && port == port.intValue()
        && parts.get(4) instanceof String key)) {
      throw new IOException("not a neighbour");
    }
    Entry entry =
        entry(CARD + did + (key.isEmpty() ? "" : "?key=" + key), name, host, port.intValue());
    if (!(parts.get(5) instanceof byte[] log)) {
      return new Restored(entry, Optional.empty());
    }
    if (!KeyLog.verify(log).did().equals(did)) {
      throw new IOException("the key log of another hub");
    }
    return new Restored(entry, Optional.of(log));
  }

  private void grow(Known each, byte[] log) throws IOException {
    Path file = logFile(each.entry.did());
    byte[] before = shownLog(each.entry.did()).orElse(new byte[0]);
    if (log.length > before.length
        && Arrays.equals(before, 0, before.length, log, 0, before.length)) {
      DurableFiles.write(file, log, true);
      each.log = KeyLog.verify(log);
      each.packedDigest = null;
    }
  }

  /**
   * Lets somebody in who has shown a passport: on the list, its key the current one of its log, and
   * the log the one known before or one that grew out of it. Remembers the log.
   */
  synchronized void admit(Passport passport) throws UnprovenException {
    Known each = known.get(passport.did());
    if (each == null) {
      throw UnprovenException.stranger();
    }
    byte[] digest = sha256(passport.packedLog());
    if (!Arrays.equals(digest, each.packedDigest)) {
      learn(each, passport);
      each.packedDigest = digest;
    }
    if (!each.log.current().equals(passport.key())) {
      throw new UnprovenException("it shows a key that is not the current one of its key log");
    }
  }

  private void learn(Known each, Passport passport) throws UnprovenException {
    try {
      byte[] log = passport.log();
      Path file = logFile(each.entry.did());
      byte[] before = Files.exists(file) ? DurableFiles.read(file, KeyLog.MAX_BYTES) : new byte[0];
      if (log.length < before.length
          || !Arrays.equals(before, 0, before.length, log, 0, before.length)) {
        throw new UnprovenException(
            "its key log is not the one it showed before, grown: it was restored from an old"
                + " backup, or somebody else has one of its old keys. Ask its owner; if all is"
                + " well, remove the neighbour and enter it again");
      }
      KeyLog verified = KeyLog.verify(log);
      if (!verified.did().equals(each.entry.did())) {
        throw new UnprovenException("it shows the key log of another hub");
      }
      if (!each.entry.key().isEmpty() && verified.key(each.entry.key()).isEmpty()) {
        throw new UnprovenException(
            "its key log lacks the key on its card: remove the neighbour and scan the card again");
      }
      if (!verified.current().equals(passport.key())) {
        throw new UnprovenException("it shows a key that is not the current one of its key log");
      }
      if (log.length > before.length) {
        DurableFiles.write(file, log, true);
      }
      each.log = verified;
    } catch (UnprovenException e) {
      throw e;
    } catch (IOException e) {
      throw new UnprovenException("its key log does not verify: " + e.getMessage());
    }
  }

  /** Both sides have proven who they are. */
  synchronized void heard(String did, Instant now) {
    Known each = known.get(did);
    if (each != null) {
      each.heard = now;
      if (each.problem != null) {
        LOG.info("{} answers again", each.entry.name());
        each.problem = null;
      }
    }
  }

  /** Says what is wrong with a neighbour; in the log once until it is heard again. */
  synchronized void problem(String did, String problem) {
    Known each = known.get(did);
    if (each != null) {
      if (each.problem == null) {
        LOG.warn("Neighbour {}: {}", each.entry.name(), problem);
      }
      each.problem = problem;
    }
  }

  private static Entry entry(String card, String name, String host, int port) throws IOException {
    String did = card.strip();
    String key = "";
    if (did.startsWith(CARD)) {
      int query = did.indexOf("?key=");
      key = query < 0 ? "" : did.substring(query + "?key=".length());
      did = did.substring(CARD.length(), query < 0 ? did.length() : query);
    }
    if (!DID.matcher(did).matches()) {
      throw new IOException(
          "This is not the card of a hub: it starts with commonshub:did:webvh and stands on the"
              + " neighbour's Settings page.");
    }
    if (!key.isEmpty()) {
      try {
        key = VerificationKey.parse(key).multikey();
      } catch (IllegalArgumentException e) {
        throw new IOException("The key on this card is damaged: scan it again.", e);
      }
    }
    String called = name.strip();
    if (called.isEmpty()
        || called.length() > 64
        || called.chars().anyMatch(Character::isISOControl)) {
      throw new IOException("Give the neighbour a name of 1 to 64 letters.");
    }
    if (!HOST.matcher(host.strip()).matches()) {
      throw new IOException(
          "'" + host.strip().replaceAll("\\p{Cntrl}", "") + "' is not a host name or address.");
    }
    if (port < 1 || port > MAX_PORT) {
      throw new IOException("A port is a number from 1 to 65535.");
    }
    return new Entry(did, called, host.strip(), port, key);
  }

  private void store() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.useDefaultPrettyPrinter();
      json.writeStartArray();
      for (Known each : known.values()) {
        json.writeStartObject();
        json.writeStringField("did", each.entry.did());
        json.writeStringField("name", each.entry.name());
        json.writeStringField("host", each.entry.host());
        json.writeNumberField("port", each.entry.port());
        json.writeStringField("key", each.entry.key());
        json.writeEndObject();
      }
      json.writeEndArray();
    }
    DurableFiles.write(file(), out.toByteArray(), true);
  }

  /** Parses the file; refuses anything that {@link #add} would refuse. */
  static List<Entry> parse(byte[] bytes) throws IOException {
    List<Entry> entries = new ArrayList<>();
    try (JsonParser json = JSON.createParser(bytes)) {
      expect(json.nextToken(), JsonToken.START_ARRAY);
      while (json.nextToken() == JsonToken.START_OBJECT) {
        Map<String, String> fields = new HashMap<>();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
          String name = json.currentName();
          JsonToken value = json.nextToken();
          if (value != JsonToken.VALUE_STRING && value != JsonToken.VALUE_NUMBER_INT) {
            throw new IOException(name + " is neither text nor number");
          }
          fields.put(name, json.getText());
        }
        expect(json.currentToken(), JsonToken.END_OBJECT);
        String key = fields.getOrDefault("key", "");
        entries.add(
            entry(
                CARD + fields.getOrDefault("did", "") + (key.isEmpty() ? "" : "?key=" + key),
                fields.getOrDefault("name", ""),
                fields.getOrDefault("host", ""),
                Integer.parseInt(fields.getOrDefault("port", ""))));
        if (entries.size() > MAX) {
          throw new IOException("more than " + MAX + " neighbours");
        }
      }
      expect(json.currentToken(), JsonToken.END_ARRAY);
    } catch (NumberFormatException e) {
      throw new IOException("a port is not a number", e);
    }
    return entries;
  }

  private static void expect(JsonToken token, JsonToken expected) throws IOException {
    if (token != expected) {
      throw new IOException("expected " + expected + ", not " + token);
    }
  }

  private Path file() {
    return directory.resolve("neighbours.json");
  }

  private Path logFile(String did) {
    return directory.resolve(
        HexFormat.of().formatHex(sha256(did.getBytes(StandardCharsets.UTF_8)), 0, 16) + ".log");
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("SHA-256 is part of every Java", e);
    }
  }
}
