package org.commonshub.apps.api;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ProviderType;

/**
 * HTTPS to the hosts of the app's manifest that the person said yes to, and to no other. The hub
 * connects, checks the certificate, refuses addresses inside the home, follows no redirect and
 * keeps no cookie.
 */
@ProviderType
public interface AppHttp {
  /** Largest body sent. */
  int MAX_SENT = 64 * 1024;

  /** Largest body received. */
  int MAX_RECEIVED = 1024 * 1024;

  /**
   * A request.
   *
   * @param method {@code GET}, {@code POST} or {@code PUT}
   * @param uri {@code https://HOST/…}, at most 2,048 characters, no user information, no fragment
   * @param headers at most 16; {@code Accept}, {@code Authorization}, {@code Content-Type}, {@code
   *     If-None-Match}, {@code If-Modified-Since} and names that begin with {@code X-}
   * @param body empty for none
   */
  record Request(String method, URI uri, Map<String, String> headers, byte[] body) {
    public Request {
      Objects.requireNonNull(method, "method");
      Objects.requireNonNull(uri, "uri");
      headers = Map.copyOf(headers);
      body = body.clone();
    }

    /** A plain GET. */
    public static Request get(String uri) {
      return new Request("GET", URI.create(uri), Map.of(), new byte[0]);
    }

    @Override
    public byte[] body() {
      return body.clone();
    }
  }

  /**
   * An answer.
   *
   * @param status 200 to 599
   * @param headers names in lower case
   */
  record Response(int status, Map<String, List<String>> headers, byte[] body) {
    public Response {
      headers = Map.copyOf(headers);
      body = body.clone();
    }

    @Override
    public byte[] body() {
      return body.clone();
    }
  }

  /**
   * Sends; at most 4 at a time, 60 in a minute, 30 s each.
   *
   * @return completes on the app's thread; fails with {@link java.io.IOException} (the message is
   *     for people) if there was no answer, {@link AppQuotaException} if the day's quota is used
   *     up, {@link SecurityException} if that host was not granted
   */
  CompletionStage<Response> send(Request request);
}
