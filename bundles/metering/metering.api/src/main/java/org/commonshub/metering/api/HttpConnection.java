package org.commonshub.metering.api;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ProviderType;

/**
 * HTTP requests to one device (RFC 9110), bound to its host and port. Redirects are not followed.
 * At most two requests of a device are under way; further ones wait, at most 16.
 */
@ProviderType
public interface HttpConnection {
  /** Where it leads. */
  Endpoint endpoint();

  /**
   * A name and password, used for Basic or Digest (RFC 7616, MD5 and SHA-256) as the device asks.
   * Over plain HTTP Basic is sent only if the device asks for nothing better.
   */
  record Credentials(String user, String password) {
    public Credentials {
      Objects.requireNonNull(user, "user");
      Objects.requireNonNull(password, "password");
    }

    /** Without the password. */
    @Override
    public String toString() {
      return "Credentials[" + user + "]";
    }
  }

  /**
   * A request.
   *
   * @param method GET, POST or PUT
   * @param target path and query, beginning with '/'
   * @param headers further headers
   * @param body body, or empty; at most 64 KiB
   */
  record Request(String method, String target, Map<String, String> headers, byte[] body) {
    public Request {
      headers = Map.copyOf(headers);
    }

    /** A GET. */
    public static Request get(String target) {
      return new Request("GET", target, Map.of(), new byte[0]);
    }
  }

  /**
   * An answer.
   *
   * @param status status code
   * @param headers headers by lower-case name
   * @param body body, at most 1 MiB
   */
  record Response(int status, Map<String, String> headers, byte[] body) {
    public Response {
      headers = Map.copyOf(headers);
    }
  }

  /**
   * Sends a request.
   *
   * @param credentials used if the device asks for them
   * @param timeout from sending to the last byte of the answer, connecting included
   * @return the answer whatever its status, except 401 and 403: {@link
   *     DeviceException.Kind#REFUSED}; other failures as {@link DeviceException}
   */
  CompletionStage<Response> send(
      Request request, Optional<Credentials> credentials, Duration timeout);
}
