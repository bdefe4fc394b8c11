package org.commonshub.console.rest;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What loopback tests cannot show: other machines and HTTPS. */
class GuardTest {
  private final Map<String, String> headers = new HashMap<>();
  private int status;

  private static HttpServletRequest request(
      String host, String remote, String local, boolean secure, String path) {
    return (HttpServletRequest)
        Proxy.newProxyInstance(
            GuardTest.class.getClassLoader(),
            new Class<?>[] {HttpServletRequest.class},
            (proxy, method, args) ->
                switch (method.getName()) {
                  case "getHeader" -> "Host".equals(args[0]) ? host : null;
                  case "getServerName" -> host.replaceAll("(?<=[^:]):\\d+$", "");
                  case "getRemoteAddr" -> remote;
                  case "getLocalAddr" -> local;
                  case "isSecure" -> secure;
                  case "getRequestURI" -> path;
                  case "getPathInfo" -> path.substring("/api/v1".length());
                  case "getServletPath" -> "/api/v1";
                  case "getMethod" -> "GET";
                  case "getContentLengthLong" -> -1L;
                  default -> null;
                });
  }

  private HttpServletResponse response() {
    status = 200;
    headers.clear();
    ServletOutputStream out =
        new ServletOutputStream() {
          @Override
          public boolean isReady() {
            return true;
          }

          @Override
          public void setWriteListener(WriteListener listener) {}

          @Override
          public void write(int b) {}
        };
    return (HttpServletResponse)
        Proxy.newProxyInstance(
            GuardTest.class.getClassLoader(),
            new Class<?>[] {HttpServletResponse.class},
            (proxy, method, args) -> {
              switch (method.getName()) {
                case "setStatus" -> status = (int) args[0];
                case "setHeader" -> headers.put((String) args[0], (String) args[1]);
                case "getOutputStream" -> {
                  return out;
                }
                default -> {}
              }
              return null;
            });
  }

  @Test
  void otherMachinesNeedHttpsAndTheAddressTheyCameInOn() throws Exception {
    Guard guard = new Guard(List.of("Hub.Example"));
    String here = "192.0.2.10";
    Object[][] table = {
      // Host, peer, local address, https, expected
      {"192.0.2.10:8443", "192.0.2.77", here, true, 200},
      {"192.0.2.10:8080", "192.0.2.77", here, false, 403},
      {"hub.example", "192.0.2.77", here, true, 200},
      {"hub.example", "192.0.2.77", here, false, 403},
      {"192.0.2.11", "192.0.2.77", here, true, 421},
      {"127.0.0.1", "192.0.2.77", here, true, 421},
      {"evil.example", "192.0.2.77", here, true, 421},
      {"[2001:db8::10]:8443", "2001:db8::77", "2001:db8:0:0:0:0:0:10", true, 200},
      {"[2001:db8::11]", "2001:db8::77", "2001:db8:0:0:0:0:0:10", true, 421},
      {"[fe80::1]", "fe80::2%eth0", "fe80:0:0:0:0:0:0:1%eth0", true, 200},
      {"localhost", "0:0:0:0:0:0:0:1", "0:0:0:0:0:0:0:1", false, 200},
      {"", "127.0.0.1", "127.0.0.1", false, 421},
    };
    for (Object[] row : table) {
      HttpServletResponse response = response();
      guard.doFilter(
          request((String) row[0], (String) row[1], (String) row[2], (boolean) row[3], "/"),
          response,
          (q, a) -> {});
      assertThat(status).as(row[0] + " from " + row[1] + " https " + row[3]).isEqualTo(row[4]);
      assertThat(headers).containsKey("Content-Security-Policy");
    }
  }

  @Test
  void newNamesCountAtOnce() throws Exception {
    Guard guard = new Guard(List.of("old.example"));
    guard.names(List.of("new.example"));
    String[][] table = {{"old.example", "421"}, {"new.example", "200"}, {"localhost", "200"}};
    for (String[] row : table) {
      guard.doFilter(
          request(row[0], "127.0.0.1", "127.0.0.1", false, "/"), response(), (q, a) -> {});
      assertThat(status).as(row[0]).isEqualTo(Integer.parseInt(row[1]));
    }
  }

  @Test
  void overHttpsTheCookieIsSecure() throws Exception {
    try (Api api =
        new Api(
            new Fakes().services(),
            new Api.Setup(
                "1", List.of(), Duration.ofHours(1), Duration.ofHours(2), System::nanoTime))) {
      HttpServletResponse response = response();
      new ApiServlet(api.router())
          .service(
              request("localhost", "127.0.0.1", "127.0.0.1", true, "/api/v1/session"), response);
      assertThat(status).isEqualTo(200);
      assertThat(headers.get("Set-Cookie")).contains("; Secure", "; HttpOnly", "; SameSite=Strict");
    }
  }
}
