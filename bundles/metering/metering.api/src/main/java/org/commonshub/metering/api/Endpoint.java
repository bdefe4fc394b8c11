package org.commonshub.metering.api;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Where a device is reached. Devices with equal endpoints share one connection and one bus.
 *
 * <table>
 * <caption>Forms</caption>
 * <tr><td>{@code tcp://192.0.2.7:502}</td><td>a TCP stream</td></tr>
 * <tr><td>{@code udp://192.0.2.7:5000}</td><td>UDP datagrams to and from one peer</td></tr>
 * <tr><td>{@code udp-multicast://239.12.255.254:9522}</td><td>datagrams of a multicast group</td></tr>
 * <tr><td>{@code http://192.0.2.7:80}, {@code https://192.0.2.7:443?sha256=…}</td><td>HTTP</td></tr>
 * <tr><td>{@code mqtt://192.0.2.9:1883}, {@code mqtts://192.0.2.9:8883}</td><td>an MQTT broker</td></tr>
 * <tr><td>{@code broker:hub}</td><td>the hub's own MQTT broker</td></tr>
 * <tr><td>{@code inbound:CP001}</td><td>a device that connects to the hub by itself</td></tr>
 * <tr><td>{@code file:/var/tmp/capture.txt?rate=9600}</td><td>a recorded stream, replayed</td></tr>
 * <tr><td>{@code serial:/dev/ttyUSB0?baud=9600&data=8&parity=none&stop=1}</td><td>a serial port</td></tr>
 * </table>
 *
 * @param scheme transport, see {@link TransportProvider#SCHEME}
 * @param host host name or address; the path or name for schemes without an authority
 * @param port 1 … 65535, or −1 for schemes without an authority
 * @param parameters further parameters in the order given
 */
public record Endpoint(String scheme, String host, int port, Map<String, String> parameters) {
  private static final Set<String> OPAQUE = Set.of("serial", "file", "broker", "inbound");

  public Endpoint {
    parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
  }

  /**
   * Parses one of the forms above.
   *
   * @throws IllegalArgumentException with a sentence that says what is wrong and what was expected
   */
  public static Endpoint parse(String text) {
    URI uri;
    try {
      uri = new URI(text.strip());
    } catch (URISyntaxException e) {
      throw refused(text, "it is not an address: " + e.getReason());
    }
    String scheme = uri.getScheme();
    if (scheme == null) {
      throw refused(text, "it has no scheme");
    }
    if (OPAQUE.contains(scheme)) {
      String rest = uri.getRawSchemeSpecificPart();
      int query = rest.indexOf('?');
      String path = query < 0 ? rest : rest.substring(0, query);
      if (path.isEmpty()) {
        throw refused(text, "it names nothing after '" + scheme + ":'");
      }
      return new Endpoint(
          scheme, path, -1, query < 0 ? Map.of() : parameters(text, rest.substring(query + 1)));
    }
    if (uri.getHost() == null || uri.getPort() < 1 || uri.getPort() > 65535) {
      throw refused(text, "it needs a host and a port");
    }
    String query = uri.getRawQuery();
    return new Endpoint(
        scheme, uri.getHost(), uri.getPort(), query == null ? Map.of() : parameters(text, query));
  }

  private static Map<String, String> parameters(String text, String query) {
    Map<String, String> parameters = new LinkedHashMap<>();
    for (String pair : query.split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals < 1) {
        throw refused(text, "parameter '" + pair + "' is not of the form name=value");
      }
      parameters.put(pair.substring(0, equals), pair.substring(equals + 1));
    }
    return parameters;
  }

  private static IllegalArgumentException refused(String text, String why) {
    return new IllegalArgumentException(
        "Cannot use '"
            + text
            + "' as an endpoint: "
            + why
            + ". Expected for example tcp://192.0.2.7:502 or serial:/dev/ttyUSB0?baud=9600.");
  }

  /** A parameter, or a default. */
  public String parameter(String name, String otherwise) {
    return parameters.getOrDefault(name, otherwise);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(scheme);
    if (port < 0) {
      text.append(':').append(host);
    } else {
      text.append("://").append(host).append(':').append(port);
    }
    char separator = '?';
    for (Map.Entry<String, String> parameter : parameters.entrySet()) {
      text.append(separator).append(parameter.getKey()).append('=').append(parameter.getValue());
      separator = '&';
    }
    return text.toString();
  }
}
