package org.commonshub.apps.host;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** An HTTPS server on the loopback with a certificate for {@code api.example.com}. */
final class TlsServer implements AutoCloseable {
  /** What it does with a connection after the head of the request. */
  interface Host {
    void answer(String head, InputStream in, OutputStream out) throws IOException;
  }

  final List<String> heads = new CopyOnWriteArrayList<>();
  final List<String> names = new CopyOnWriteArrayList<>();
  final SSLContext believing;
  private final SSLServerSocket server;
  private final List<SSLSocket> open = new CopyOnWriteArrayList<>();
  volatile Host host = (head, in, out) -> write(out, "HTTP/1.1 200 OK\r\n\r\nhello");

  TlsServer(Path directory) throws Exception {
    Path store = directory.resolve("host.p12");
    if (!Files.exists(store)) {
      Process keytool =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                  "-genkeypair",
                  "-keystore",
                  store.toString(),
                  "-storetype",
                  "PKCS12",
                  "-storepass",
                  "testing",
                  "-alias",
                  "host",
                  "-keyalg",
                  "EC",
                  "-groupname",
                  "secp256r1",
                  "-dname",
                  "CN=api.example.com",
                  "-ext",
                  "san=dns:api.example.com",
                  "-validity",
                  "3650")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!keytool.waitFor(120, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
        throw new IllegalStateException("keytool failed");
      }
    }
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, "testing".toCharArray());
    }
    KeyManagerFactory mine = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    mine.init(keys, "testing".toCharArray());
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(mine.getKeyManagers(), null, null);
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("host", keys.getCertificate("host"));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    believing = SSLContext.getInstance("TLS");
    believing.init(null, trust.getTrustManagers(), null);
    server =
        (SSLServerSocket)
            tls.getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    thread(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  private static void thread(Runnable task) {
    Thread made = new Thread(task, "tls-server");
    made.setDaemon(true);
    made.start();
  }

  private void accept() {
    while (true) {
      try {
        SSLSocket socket = (SSLSocket) server.accept();
        open.add(socket);
        thread(() -> serve(socket));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(SSLSocket socket) {
    try (socket) {
      socket.startHandshake();
      ((ExtendedSSLSession) socket.getSession())
          .getRequestedServerNames()
          .forEach(name -> names.add(new String(name.getEncoded(), StandardCharsets.US_ASCII)));
      StringBuilder head = new StringBuilder();
      while (head.indexOf("\r\n\r\n") < 0) {
        int c = socket.getInputStream().read();
        if (c < 0) {
          return;
        }
        head.append((char) c);
      }
      heads.add(head.toString());
      host.answer(head.toString(), socket.getInputStream(), socket.getOutputStream());
    } catch (IOException | UncheckedIOException e) {
      // The other side hung up, as some tests want.
    }
  }

  static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (SSLSocket socket : open) {
      socket.close();
    }
  }
}
