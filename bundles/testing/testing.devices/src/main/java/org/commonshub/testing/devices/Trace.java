package org.commonshub.testing.devices;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * What a device sent, captured: messages in order, with the time between them and, for a device
 * that is asked, the requests they answer.
 *
 * <p>As text, one message is a run of lines of hexadecimal bytes, ended by an empty line or by one
 * of the following. {@code #} begins a comment, {@code + 250} waits 250 ms before what follows,
 * {@code > 10 5b 01 5c 16} waits until those bytes have come in.
 */
public final class Trace {
  /** Largest trace that is read. */
  static final int LARGEST = 64 * 1024 * 1024;

  private static final int LONGEST_WAIT = 3_600_000;

  /** One thing a device does. */
  public static final class Step {
    private final int waitMillis;
    private final byte[] request;
    private final byte[] message;

    Step(int waitMillis, byte[] request, byte[] message) {
      this.waitMillis = waitMillis;
      this.request = request;
      this.message = message;
    }

    /** Time it waits first. */
    public int waitMillis() {
      return waitMillis;
    }

    /** The request it waits for, then. */
    public Optional<byte[]> request() {
      return Optional.ofNullable(request).map(byte[]::clone);
    }

    /** What it sends, then. */
    public byte[] message() {
      return message.clone();
    }
  }

  private final List<Step> steps;

  private Trace(List<Step> steps) {
    this.steps = Collections.unmodifiableList(steps);
  }

  /** Messages sent one after the other. */
  public static Trace of(List<byte[]> messages) {
    return new Trace(messages.stream().map(message -> new Step(0, null, message.clone())).toList());
  }

  /**
   * Reads the text form.
   *
   * @throws IllegalArgumentException with the line that is wrong
   */
  public static Trace parse(String text) {
    List<Step> steps = new ArrayList<>();
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    int wait = 0;
    byte[] request = null;
    int number = 0;
    for (String raw : (text + "\n\n").split("\r?\n", -1)) {
      number++;
      int comment = raw.indexOf('#');
      String line = (comment < 0 ? raw : raw.substring(0, comment)).strip();
      boolean bytes = !line.isEmpty() && line.charAt(0) != '+' && line.charAt(0) != '>';
      if (bytes) {
        message.writeBytes(hex(line, number));
        continue;
      }
      if (message.size() > 0) {
        steps.add(new Step(wait, request, message.toByteArray()));
        message.reset();
        wait = 0;
        request = null;
      }
      if (line.startsWith("+")) {
        wait = millis(line.substring(1).strip(), number);
      } else if (line.startsWith(">")) {
        request = hex(line.substring(1), number);
      }
    }
    return new Trace(steps);
  }

  /**
   * Reads bytes as they were captured.
   *
   * @param start bytes every message begins with; empty if all is one message
   */
  public static Trace split(byte[] bytes, byte[] start) {
    List<byte[]> messages = new ArrayList<>();
    int from = 0;
    for (int i = 1; start.length > 0 && i + start.length <= bytes.length; i++) {
      if (java.util.Arrays.equals(bytes, i, i + start.length, start, 0, start.length)) {
        messages.add(java.util.Arrays.copyOfRange(bytes, from, i));
        from = i;
      }
    }
    if (from < bytes.length) {
      messages.add(java.util.Arrays.copyOfRange(bytes, from, bytes.length));
    }
    return of(messages);
  }

  /**
   * Reads a file.
   *
   * @param text whether it is of the text form
   * @param start see {@link #split}
   */
  public static Trace read(Path file, boolean text, byte[] start) throws IOException {
    if (Files.size(file) > LARGEST) {
      throw new IOException(file + " is larger than " + LARGEST + " bytes");
    }
    byte[] bytes = Files.readAllBytes(file);
    return text ? parse(new String(bytes, StandardCharsets.ISO_8859_1)) : split(bytes, start);
  }

  static byte[] hex(String text, int line) {
    try {
      return HexFormat.of().parseHex(text.replaceAll("[\\s:]", ""));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "line " + line + " is not hexadecimal bytes, and not '+ MS', '> BYTES' or '# …'", e);
    }
  }

  private static int millis(String text, int line) {
    try {
      int millis = Integer.parseInt(text);
      if (millis >= 0 && millis <= LONGEST_WAIT) {
        return millis;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new IllegalArgumentException(
        "line " + line + ": '+' is followed by 0 to " + LONGEST_WAIT + " milliseconds");
  }

  /** The steps in order. */
  public List<Step> steps() {
    return steps;
  }

  /** The messages alone. */
  public List<byte[]> messages() {
    return steps.stream().map(Step::message).toList();
  }
}
