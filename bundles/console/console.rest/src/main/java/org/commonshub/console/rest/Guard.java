package org.commonshub.console.rest;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Stands before everything the console serves, pages and API alike: security headers on every
 * answer, a list of accepted Host names (against DNS rebinding), no ambiguous paths, and no plain
 * HTTP from other machines.
 */
final class Guard implements Filter {
  private static final String CSP =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src"
          + " 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none';"
          + " form-action 'self'; frame-ancestors 'none'";

  private volatile Set<String> names;

  /**
   * @param names host names accepted besides localhost, the machine's own name and its addresses
   */
  Guard(List<String> names) {
    names(names);
  }

  /** Sets the configured names. */
  final void names(List<String> configured) {
    Set<String> all = new HashSet<>();
    all.add("localhost");
    machineName()
        .ifPresent(
            name -> {
              all.add(name);
              if (name.indexOf('.') < 0) {
                // As multicast DNS announces it (RFC 6762).
                all.add(name + ".local");
              }
            });
    for (String name : configured) {
      if (!name.isBlank()) {
        all.add(normal(name.strip()));
      }
    }
    names = Set.copyOf(all);
  }

  /** From the kernel: no name server is asked. */
  private static Optional<String> machineName() {
    try {
      String name = normal(Files.readString(Path.of("/proc/sys/kernel/hostname")).strip());
      return name.isEmpty() ? Optional.empty() : Optional.of(name);
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    HttpServletRequest http = (HttpServletRequest) request;
    HttpServletResponse answer = (HttpServletResponse) response;
    headers(answer);
    Problem refusal = refusal(http);
    if (refusal != null) {
      ApiServlet.write(refusal.response(), http, answer);
      return;
    }
    chain.doFilter(request, response);
  }

  // No Strict-Transport-Security: the hub's certificate is its own, and HSTS would take away the
  // browser's way to accept it after the fingerprint was compared.
  static void headers(HttpServletResponse answer) {
    answer.setHeader("Content-Security-Policy", CSP);
    answer.setHeader("X-Content-Type-Options", "nosniff");
    answer.setHeader("X-Frame-Options", "DENY");
    answer.setHeader("Referrer-Policy", "no-referrer");
    answer.setHeader("Cross-Origin-Opener-Policy", "same-origin");
    answer.setHeader("Cross-Origin-Resource-Policy", "same-origin");
    answer.setHeader(
        "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
  }

  private Problem refusal(HttpServletRequest http) {
    String host = http.getHeader("Host");
    if (!accepted(http.getServerName(), http.getLocalAddr())
        || (host != null && !accepted(withoutPort(host), http.getLocalAddr()))) {
      return new Problem(
          421,
          "This hub does not answer to the host name of this request. Use its address, or add the"
              + " name under Settings, Console, host names.");
    }
    if (!http.isSecure() && !loopback(http.getRemoteAddr())) {
      return new Problem(
          403, "Plain HTTP is served on the hub itself only. Use https:// from other machines.");
    }
    if (ambiguous(http.getRequestURI())) {
      return new Problem(400, "The path of the address is not in plain form.");
    }
    return null;
  }

  /** Whether a Host name is one of ours; an address must be the one the connection came in on. */
  private boolean accepted(String name, String local) {
    if (name == null || name.isEmpty()) {
      return false;
    }
    String plain = normal(name);
    if (names.contains(plain)) {
      return true;
    }
    if (!addressLike(plain)) {
      return false;
    }
    String address = canonical(plain);
    return address != null
        && (address.equals(canonical(normal(local))) || (loopback(address) && loopback(local)));
  }

  private static boolean addressLike(String name) {
    boolean colon = name.indexOf(':') >= 0;
    int dots = 0;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c == '.') {
        dots++;
      } else {
        boolean digit = c >= '0' && c <= '9';
        boolean six = colon && ((c >= 'a' && c <= 'f') || c == ':');
        if (!digit && !six) {
          return false;
        }
      }
    }
    return colon || dots == 3;
  }

  /** Lower case, without brackets, zone and final dot. */
  private static String normal(String name) {
    String plain = name.toLowerCase(Locale.ROOT);
    if (plain.startsWith("[") && plain.endsWith("]")) {
      plain = plain.substring(1, plain.length() - 1);
    }
    int zone = plain.indexOf('%');
    if (zone >= 0 && plain.indexOf(':') >= 0) {
      plain = plain.substring(0, zone);
    }
    return plain.endsWith(".") ? plain.substring(0, plain.length() - 1) : plain;
  }

  private static String withoutPort(String host) {
    int bracket = host.lastIndexOf(']');
    int colon = host.lastIndexOf(':');
    return colon > bracket && (bracket > 0 || host.indexOf(':') == colon)
        ? host.substring(0, colon)
        : host;
  }

  /** One spelling of a literal address; null if it is none. Never asks a name server. */
  private static String canonical(String literal) {
    if (!addressLike(literal)) {
      return null;
    }
    try {
      return InetAddress.getByName(literal).getHostAddress();
    } catch (UnknownHostException e) {
      return null;
    }
  }

  static boolean loopback(String literal) {
    String plain = normal(literal);
    if (!addressLike(plain)) {
      return false;
    }
    try {
      return InetAddress.getByName(plain).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  private static boolean ambiguous(String path) {
    if (path == null || !path.startsWith("/")) {
      return true;
    }
    String lower = path.toLowerCase(Locale.ROOT);
    if (lower.contains("//") || lower.contains("%2f") || lower.contains("%5c")) {
      return true;
    }
    if (lower.contains("%2e") || lower.contains("%25") || lower.contains("%00")) {
      return true;
    }
    for (int i = 0; i < lower.length(); i++) {
      char c = lower.charAt(i);
      if (c == ';' || c == '\\' || c <= ' ' || c >= 127) {
        return true;
      }
    }
    for (String segment : lower.split("/", -1)) {
      if (segment.equals(".") || segment.equals("..")) {
        return true;
      }
    }
    return false;
  }
}
