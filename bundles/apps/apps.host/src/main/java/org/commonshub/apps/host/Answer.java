package org.commonshub.apps.host;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.commonshub.apps.api.AppHttp;

/**
 * Reads one HTTP/1.1 response (RFC 9112) and no more than is bounded; whatever is odd is refused.
 * The stream should have a buffer.
 */
final class Answer {
  private static final int LINE = 8192;
  private static final int HEAD = 32 * 1024;
  private static final int HEADERS = 100;
  private static final int INTERIM = 8;
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] ([1-5][0-9][0-9])( .*)?");
  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}");
  private static final Pattern LENGTH = Pattern.compile("[0-9]{1,10}");
  private static final Pattern CHUNK = Pattern.compile("([0-9A-Fa-f]{1,8})[ \\t]*(;.*)?");

  private final InputStream in;
  private int head;

  private Answer(InputStream in) {
    this.in = in;
  }

  /**
   * Reads the response to a GET, POST or PUT.
   *
   * @throws IOException if it is none, or larger than {@link AppHttp#MAX_RECEIVED}; the message
   *     continues "the host …"
   */
  static AppHttp.Response read(InputStream in) throws IOException {
    return new Answer(in).read();
  }

  private AppHttp.Response read() throws IOException {
    for (int i = 0; i < INTERIM; i++) {
      java.util.regex.Matcher line = STATUS.matcher(line());
      if (!line.matches()) {
        throw new IOException("answered something that is not HTTP");
      }
      int status = Integer.parseInt(line.group(1));
      Map<String, List<String>> headers = headers();
      if (status == 101) {
        throw new IOException("wants another protocol than HTTP");
      }
      if (status >= 200) {
        byte[] body = status == 204 || status == 304 ? new byte[0] : body(headers);
        headers.remove("set-cookie");
        headers.remove("set-cookie2");
        headers.replaceAll((name, values) -> List.copyOf(values));
        return new AppHttp.Response(status, headers, body);
      }
    }
    throw new IOException("sent too many interim answers");
  }

  private Map<String, List<String>> headers() throws IOException {
    Map<String, List<String>> headers = new TreeMap<>();
    for (int i = 0; i <= HEADERS; i++) {
      String line = line();
      if (line.isEmpty()) {
        return headers;
      }
      int colon = line.indexOf(':');
      if (colon < 1 || !TOKEN.matcher(line.substring(0, colon)).matches()) {
        throw new IOException("answered with a header that is not one");
      }
      headers
          .computeIfAbsent(
              line.substring(0, colon).toLowerCase(Locale.ROOT), name -> new ArrayList<>())
          .add(line.substring(colon + 1).strip());
    }
    throw new IOException("answered with too many headers");
  }

  private byte[] body(Map<String, List<String>> headers) throws IOException {
    List<String> encodings = headers.getOrDefault("transfer-encoding", List.of());
    List<String> lengths = headers.getOrDefault("content-length", List.of());
    if (!encodings.isEmpty()) {
      if (!lengths.isEmpty()
          || encodings.size() > 1
          || !encodings.get(0).equalsIgnoreCase("chunked")) {
        throw new IOException("answered with an unclear length");
      }
      return chunks();
    }
    if (lengths.isEmpty()) {
      return exactly(-1);
    }
    if (lengths.stream().distinct().count() > 1 || !LENGTH.matcher(lengths.get(0)).matches()) {
      throw new IOException("answered with an unclear length");
    }
    return exactly(Long.parseLong(lengths.get(0)));
  }

  /**
   * A body of a known length.
   *
   * @param length −1 for all there is
   */
  private byte[] exactly(long length) throws IOException {
    if (length > AppHttp.MAX_RECEIVED) {
      throw tooLarge();
    }
    byte[] body = in.readNBytes(length < 0 ? AppHttp.MAX_RECEIVED + 1 : (int) length);
    if (body.length > AppHttp.MAX_RECEIVED) {
      throw tooLarge();
    }
    if (body.length < length) {
      throw new IOException("hung up in the middle of its answer");
    }
    return body;
  }

  private byte[] chunks() throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    while (true) {
      head = 0; // Lines between chunks are bounded one by one, and chunks by the whole.
      java.util.regex.Matcher line = CHUNK.matcher(line());
      if (!line.matches()) {
        throw new IOException("answered with a chunk that is not one");
      }
      long size = Long.parseLong(line.group(1), 16);
      if (size == 0) {
        headers();
        return body.toByteArray();
      }
      if (body.size() + size > AppHttp.MAX_RECEIVED) {
        throw tooLarge();
      }
      byte[] chunk = in.readNBytes((int) size);
      if (chunk.length < size || !line().isEmpty()) {
        throw new IOException("hung up in the middle of its answer");
      }
      body.writeBytes(chunk);
    }
  }

  private static IOException tooLarge() {
    return new IOException("answered more than " + AppHttp.MAX_RECEIVED / 1024 + " KiB");
  }

  /** A line without its end; no control characters but tabs. */
  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(64);
    while (true) {
      int c = in.read();
      if (c < 0) {
        throw new IOException("hung up in the middle of its answer");
      }
      if (++head > HEAD || line.size() > LINE) {
        throw new IOException("answered with a head that is too long");
      }
      if (c == '\n') {
        String text = line.toString(StandardCharsets.ISO_8859_1);
        return text.endsWith("\r") ? checked(text.substring(0, text.length() - 1)) : checked(text);
      }
      line.write(c);
    }
  }

  private static String checked(String line) throws IOException {
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c < ' ' && c != '\t' || c == 0x7f) {
        throw new IOException("answered with control characters in its head");
      }
    }
    return line;
  }
}
