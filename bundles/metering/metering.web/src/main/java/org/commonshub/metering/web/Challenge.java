package org.commonshub.metering.web;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.commonshub.metering.api.HttpConnection.Credentials;

/**
 * What a device wants to know of who asks it: Basic (RFC 7617) or Digest (RFC 7616, and RFC 2069
 * for devices that know no quality of protection).
 *
 * @param scheme in lower case
 * @param parameters by name in lower case
 */
record Challenge(String scheme, Map<String, String> parameters) {
  private static final int MAX_PARAMETERS = 32;
  private static final SecureRandom RANDOM = new SecureRandom();

  /** Digest algorithms, the stronger the later. */
  private enum Algorithm {
    MD5("MD5", "MD5"),
    SHA_512_256("SHA-512-256", "SHA-512/256"),
    SHA_256("SHA-256", "SHA-256");

    private final String name;
    private final String java;

    Algorithm(String name, String java) {
      this.name = name;
      this.java = java;
    }
  }

  /** Takes the values of {@code WWW-Authenticate} apart (RFC 9110 §11.6.1); skips what is not. */
  static List<Challenge> parse(List<String> values) {
    List<Challenge> challenges = new ArrayList<>();
    for (String value : values) {
      new Parser(value).parse(challenges);
    }
    return challenges;
  }

  private static final class Parser {
    private final String text;
    private int at;

    Parser(String text) {
      this.text = text;
    }

    void parse(List<Challenge> challenges) {
      Challenge current = null;
      while (challenges.size() < 8) {
        skip(" \t,");
        String word = token();
        if (word.isEmpty() && at >= text.length()) {
          return;
        }
        if (word.isEmpty()) {
          at++; // The end of a token68, or nothing that could be understood.
          continue;
        }
        int after = at;
        skip(" \t");
        if (current != null && at < text.length() && text.charAt(at) == '=') {
          at++;
          skip(" \t");
          String value = value();
          if (current.parameters.size() < MAX_PARAMETERS) {
            current.parameters.putIfAbsent(word.toLowerCase(Locale.ROOT), value);
          }
        } else {
          at = after;
          current = new Challenge(word.toLowerCase(Locale.ROOT), new TreeMap<>());
          challenges.add(current);
        }
      }
    }

    private void skip(String characters) {
      while (at < text.length() && characters.indexOf(text.charAt(at)) >= 0) {
        at++;
      }
    }

    private String token() {
      int start = at;
      while (at < text.length() && Head.token(text.charAt(at))) {
        at++;
      }
      return text.substring(start, at);
    }

    private String value() {
      if (at >= text.length() || text.charAt(at) != '"') {
        return token();
      }
      StringBuilder value = new StringBuilder();
      for (at++; at < text.length() && text.charAt(at) != '"'; at++) {
        if (text.charAt(at) == '\\' && at + 1 < text.length()) {
          at++;
        }
        value.append(text.charAt(at));
      }
      at++;
      return value.toString();
    }
  }

  /** The best of several that can be met; null if none can. */
  static Challenge best(List<Challenge> challenges) {
    Challenge best = null;
    for (Challenge challenge : challenges) {
      if (challenge.rank() > (best == null ? 0 : best.rank())) {
        best = challenge;
      }
    }
    return best;
  }

  private int rank() {
    if (scheme.equals("basic")) {
      return 1;
    }
    Algorithm algorithm = algorithm();
    if (!scheme.equals("digest") || algorithm == null || !parameters.containsKey("nonce")) {
      return 0;
    }
    String qop = parameters.get("qop");
    return qop == null || auth(qop) ? 2 + algorithm.ordinal() : 0;
  }

  private static boolean auth(String qop) {
    for (String one : qop.split(",", -1)) {
      if (one.strip().equalsIgnoreCase("auth")) {
        return true;
      }
    }
    return false;
  }

  private Algorithm algorithm() {
    String name = parameters.getOrDefault("algorithm", "MD5").toUpperCase(Locale.ROOT);
    String bare = name.endsWith("-SESS") ? name.substring(0, name.length() - 5) : name;
    for (Algorithm algorithm : Algorithm.values()) {
      if (algorithm.name.equals(bare)) {
        return algorithm;
      }
    }
    return null;
  }

  /**
   * The {@code Authorization} that meets it.
   *
   * @param count how often the nonce was used, this time included
   */
  String answer(Credentials credentials, String method, String target, int count) {
    if (scheme.equals("basic")) {
      String text = credentials.user() + ":" + credentials.password();
      return "Basic " + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
    byte[] random = new byte[16];
    RANDOM.nextBytes(random);
    return digest(credentials, method, target, count, HexFormat.of().formatHex(random));
  }

  String digest(
      Credentials credentials, String method, String target, int count, String clientNonce) {
    String java = algorithm().java;
    String realm = parameters.getOrDefault("realm", "");
    String nonce = parameters.get("nonce");
    boolean qop = parameters.containsKey("qop");
    boolean session =
        parameters.getOrDefault("algorithm", "").toUpperCase(Locale.ROOT).endsWith("-SESS");
    String uses = String.format(Locale.ROOT, "%08x", count);
    String first = hash(java, credentials.user() + ":" + realm + ":" + credentials.password());
    if (session) {
      first = hash(java, first + ":" + nonce + ":" + clientNonce);
    }
    String second = hash(java, method + ":" + target);
    String response =
        hash(
            java,
            qop
                ? first + ":" + nonce + ":" + uses + ":" + clientNonce + ":auth:" + second
                : first + ":" + nonce + ":" + second);
    boolean userhash = parameters.getOrDefault("userhash", "").equalsIgnoreCase("true");
    StringBuilder text = new StringBuilder("Digest username=");
    text.append(
        quoted(userhash ? hash(java, credentials.user() + ":" + realm) : credentials.user()));
    text.append(", realm=").append(quoted(realm));
    text.append(", nonce=").append(quoted(nonce));
    text.append(", uri=").append(quoted(target));
    text.append(", response=\"").append(response).append('"');
    if (parameters.containsKey("algorithm")) {
      text.append(", algorithm=").append(parameters.get("algorithm"));
    }
    if (parameters.containsKey("opaque")) {
      text.append(", opaque=").append(quoted(parameters.get("opaque")));
    }
    if (qop) {
      text.append(", qop=auth, nc=").append(uses);
    }
    if (qop || session) {
      text.append(", cnonce=").append(quoted(clientNonce));
    }
    if (userhash) {
      text.append(", userhash=true");
    }
    return text.toString();
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private static String hash(String algorithm, String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance(algorithm).digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
