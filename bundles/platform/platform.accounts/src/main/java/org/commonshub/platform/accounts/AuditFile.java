package org.commonshub.platform.accounts;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.commonshub.platform.api.AuditLog;
import org.commonshub.platform.api.DurableFiles;
import org.commonshub.platform.api.HubClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The audit log: one JSON object per line in {@code audit.jsonl}, mode 0700 directory. When a file
 * reaches {@link #MAX_BYTES} it becomes {@code audit.1.jsonl} and the one before is deleted.
 */
final class AuditFile implements AuditLog {
  private static final Logger LOG = LoggerFactory.getLogger(AuditFile.class);
  private static final JsonFactory JSON = new JsonFactory();
  private static final int MAX_FIELD = 200;
  private static final int MAX_ENTRIES = 10_000;

  private final Path file;
  private final Path older;
  private final HubClock clock;
  private final int maxBytes;
  private boolean failing;

  /** Size at which a file is turned over. */
  static final int MAX_BYTES = 512 * 1024;

  AuditFile(Path directory, HubClock clock, int maxBytes) throws IOException {
    DurableFiles.privateDirectory(directory);
    this.file = directory.resolve("audit.jsonl");
    this.older = directory.resolve("audit.1.jsonl");
    this.clock = clock;
    this.maxBytes = maxBytes;
  }

  @Override
  public synchronized void record(String actor, String action, String subject, String outcome) {
    try {
      byte[] line = line(new Entry(clock.now(), actor, action, subject, outcome));
      try (FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        long size = channel.size();
        channel.position(size);
        ByteBuffer buffer = ByteBuffer.allocate(line.length + 1);
        if (size > 0 && !endsWithNewline(channel, size)) {
          buffer.put((byte) '\n'); // the last line was cut by a power failure
        }
        buffer.put(line).flip();
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
        channel.force(false);
      }
      if (Files.size(file) >= maxBytes) {
        Files.move(file, older, StandardCopyOption.REPLACE_EXISTING);
      }
      failing = false;
    } catch (IOException | RuntimeException e) {
      if (!failing) {
        LOG.warn("The audit log {} cannot be written: {}", file, e.toString());
      }
      failing = true;
    }
  }

  private static boolean endsWithNewline(FileChannel channel, long size) throws IOException {
    ByteBuffer one = ByteBuffer.allocate(1);
    channel.read(one, size - 1);
    return one.get(0) == '\n';
  }

  @Override
  public synchronized List<Entry> latest(int limit) {
    int wanted = Math.max(0, Math.min(limit, MAX_ENTRIES));
    Deque<Entry> newest = new ArrayDeque<>();
    read(older, wanted, newest);
    read(file, wanted, newest);
    List<Entry> entries = new ArrayList<>(newest.size());
    newest.descendingIterator().forEachRemaining(entries::add);
    return List.copyOf(entries);
  }

  private static void read(Path path, int wanted, Deque<Entry> newest) {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(Files.newInputStream(path), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        Entry entry = parse(line);
        if (entry != null && wanted > 0) {
          if (newest.size() == wanted) {
            newest.removeFirst();
          }
          newest.addLast(entry);
        }
      }
    } catch (NoSuchFileException e) {
      // nothing yet
    } catch (IOException e) {
      LOG.warn("The audit log {} cannot be read: {}", path, e.toString());
    }
  }

  private static byte[] line(Entry entry) throws IOException {
    StringWriter out = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.writeStartObject();
      json.writeStringField("at", entry.at().toString());
      json.writeStringField("actor", cut(entry.actor()));
      json.writeStringField("action", cut(entry.action()));
      json.writeStringField("subject", cut(entry.subject()));
      json.writeStringField("outcome", cut(entry.outcome()));
      json.writeEndObject();
    }
    return (out + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private static String cut(String text) {
    String safe = String.valueOf(text);
    return safe.length() <= MAX_FIELD ? safe : safe.substring(0, MAX_FIELD) + "…";
  }

  /** One line, or null when it is not an entry (cut off, foreign). */
  static Entry parse(String line) {
    Map<String, String> fields = new HashMap<>();
    try (JsonParser parser = JSON.createParser(line)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return null;
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        if (parser.nextToken() != JsonToken.VALUE_STRING || fields.size() > 5) {
          return null;
        }
        fields.put(name, parser.getText());
      }
      if (fields.size() != 5 || parser.currentToken() != JsonToken.END_OBJECT) {
        return null;
      }
      return new Entry(
          Instant.parse(fields.getOrDefault("at", "")),
          fields.getOrDefault("actor", ""),
          fields.getOrDefault("action", ""),
          fields.getOrDefault("subject", ""),
          fields.getOrDefault("outcome", ""));
    } catch (IOException | DateTimeException e) {
      return null;
    }
  }
}
