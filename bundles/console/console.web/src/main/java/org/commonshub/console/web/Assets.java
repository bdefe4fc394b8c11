package org.commonshub.console.web;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;

/**
 * The built pages, compressed once and kept: some 100 KB in all. Names under {@code assets/} carry
 * a hash of their content and may be cached for ever; everything else is asked for again each time.
 * Thread-safe.
 */
final class Assets {
  /** One year, the most RFC 9111 caches are asked to honour. */
  static final String FOR_EVER = "public, max-age=31536000, immutable";

  private static final Pattern KNOWN =
      Pattern.compile("index\\.html|icon\\.svg|assets/[A-Za-z0-9_-]{1,64}\\.(?:js|css)");

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "svg", "image/svg+xml");

  private record Asset(byte[] plain, byte[] gzip, String tag, String type, String cache) {}

  /**
   * An answer to GET.
   *
   * @param status 200, 304 or 404
   * @param headers headers to set
   * @param body empty unless 200
   */
  record Answer(int status, Map<String, String> headers, byte[] body) {}

  private final Map<String, Asset> assets = new ConcurrentHashMap<>();

  /**
   * Answers a request.
   *
   * @param path path from the root, {@code /} for the start page; hostile until matched
   * @param acceptEncoding header, or null
   * @param ifNoneMatch header, or null
   */
  Answer answer(String path, String acceptEncoding, String ifNoneMatch) {
    String name =
        path == null || path.isEmpty() || path.equals("/") ? "index.html" : path.substring(1);
    Asset asset = KNOWN.matcher(name).matches() ? asset(name) : null;
    if (asset == null) {
      return new Answer(404, Map.of("Cache-Control", "no-store"), new byte[0]);
    }
    boolean compressed = accepts(acceptEncoding);
    String tag = '"' + asset.tag + (compressed ? "-gz\"" : "\"");
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("ETag", tag);
    headers.put("Cache-Control", asset.cache);
    headers.put("Vary", "Accept-Encoding");
    if (matches(ifNoneMatch, tag)) {
      return new Answer(304, headers, new byte[0]);
    }
    headers.put("Content-Type", asset.type);
    headers.put("X-Content-Type-Options", "nosniff");
    if (compressed) {
      headers.put("Content-Encoding", "gzip");
    }
    return new Answer(200, headers, compressed ? asset.gzip : asset.plain);
  }

  /** Whether gzip is named and not refused with {@code q=0} (RFC 9110 section 12.5.3). */
  static boolean accepts(String acceptEncoding) {
    if (acceptEncoding == null) {
      return false;
    }
    for (String part : acceptEncoding.split(",", 32)) {
      String[] coding = part.strip().split("\\s*;\\s*", 2);
      if (coding[0].equalsIgnoreCase("gzip")) {
        return coding.length == 1 || !coding[1].matches("q=0(?:\\.0{0,3})?");
      }
    }
    return false;
  }

  /** Weak comparison (RFC 9110 section 13.1.2). */
  private static boolean matches(String ifNoneMatch, String tag) {
    if (ifNoneMatch == null) {
      return false;
    }
    for (String candidate : ifNoneMatch.split(",", 32)) {
      String bare = candidate.strip();
      if (bare.equals("*") || (bare.startsWith("W/") ? bare.substring(2) : bare).equals(tag)) {
        return true;
      }
    }
    return false;
  }

  private Asset asset(String name) {
    Asset known = assets.get(name);
    if (known != null) {
      return known;
    }
    Asset loaded = load(name);
    if (loaded != null) {
      assets.put(name, loaded);
    }
    return loaded;
  }

  private static Asset load(String name) {
    try (InputStream in = Assets.class.getResourceAsStream("/web/" + name)) {
      if (in == null) {
        return null;
      }
      byte[] plain = in.readAllBytes();
      ByteArrayOutputStream out = new ByteArrayOutputStream(plain.length / 2);
      try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
        gzip.write(plain);
      }
      String tag =
          HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(plain), 0, 12);
      String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
      String cache = name.startsWith("assets/") ? FOR_EVER : "no-cache";
      return new Asset(plain, out.toByteArray(), tag, type, cache);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read /web/" + name + " of the bundle", e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }
}
