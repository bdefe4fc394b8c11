package org.commonshub.apps.host;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.UnknownHostException;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * The way out: a TLS connection to a name, at an address that was looked up once and checked. The
 * socket is connected to that address before TLS knows of it, and TLS checks the certificate for
 * the name: neither a second answer of the name service nor another host in its place gets through.
 *
 * @param names looks up a name
 * @param allowed whether an address may be connected to
 * @param tls trust; loaded at the first connection
 * @param port 443
 */
record Outside(Names names, Predicate<InetAddress> allowed, Tls tls, int port) {
  private static final int CONNECT_MS = 10_000;
  private static final int READ_MS = 30_000;
  private static final int TRIES = 3;

  /** A name service. */
  @FunctionalInterface
  interface Names {
    InetAddress[] find(String host) throws UnknownHostException;
  }

  /** Trust. */
  @FunctionalInterface
  interface Tls {
    SSLContext context() throws NoSuchAlgorithmException;
  }

  /** The real one. */
  static Outside real() {
    return new Outside(InetAddress::getAllByName, Addresses::outside, SSLContext::getDefault, 443);
  }

  /**
   * Connects and shakes hands.
   *
   * @param opened told of each plain socket before it connects; closing it ends the attempt
   * @throws IOException the message is for people
   */
  SSLSocket connect(String host, Consumer<Socket> opened) throws IOException {
    InetAddress[] found;
    try {
      found = names.find(host);
    } catch (UnknownHostException e) {
      throw new IOException("The name " + host + " is not known; is the hub online?", e);
    }
    for (InetAddress address : found) {
      if (!allowed.test(address)) {
        throw new IOException(
            host + " leads to an address inside a private network; apps may not go there.");
      }
    }
    IOException last = new IOException("The name " + host + " has no address.");
    for (InetAddress address : List.of(found).subList(0, Math.min(TRIES, found.length))) {
      Socket socket = new Socket(Proxy.NO_PROXY);
      try {
        opened.accept(socket);
        socket.setSoTimeout(READ_MS);
        socket.connect(new InetSocketAddress(address, port), CONNECT_MS);
      } catch (IOException e) {
        socket.close();
        last = new IOException(host + " cannot be reached.", e);
        continue;
      }
      try {
        return shake(socket, host);
      } catch (IOException e) {
        socket.close();
        throw new IOException(
            "No trusted connection to " + host + ": " + Log.plain("" + e.getMessage(), 200), e);
      }
    }
    throw last;
  }

  private SSLSocket shake(Socket socket, String host) throws IOException {
    try {
      SSLSocket secured =
          (SSLSocket) tls.context().getSocketFactory().createSocket(socket, host, port, true);
      SSLParameters parameters = secured.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      parameters.setServerNames(List.of(new SNIHostName(host)));
      parameters.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
      parameters.setApplicationProtocols(new String[] {"http/1.1"});
      secured.setSSLParameters(parameters);
      secured.startHandshake();
      return secured;
    } catch (NoSuchAlgorithmException | IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
