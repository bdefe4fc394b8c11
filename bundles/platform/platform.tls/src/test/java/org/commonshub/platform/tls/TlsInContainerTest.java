package org.commonshub.platform.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.apache.felix.framework.FrameworkFactory;
import org.commonshub.platform.api.HubCertificate;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.api.TlsIdentity;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.launch.Framework;

/** The bundle beside Felix's Jetty in a real Felix. */
@Timeout(90)
class TlsInContainerTest {
  @TempDir Path directory;
  private Framework framework;

  private static final class StillClock implements HubClock {
    @Override
    public Instant now() {
      return Instant.parse("2026-01-15T12:00:00Z");
    }

    @Override
    public long monotonicNanos() {
      return System.nanoTime();
    }

    @Override
    public int epoch() {
      return 1;
    }

    @Override
    public Quality quality() {
      return Quality.SYNCHRONISED;
    }
  }

  private Bundle boot(int tlsPort) throws Exception {
    framework =
        new FrameworkFactory()
            .newFramework(
                Map.of(
                    "org.osgi.framework.storage",
                    directory.resolve("cache").toString(),
                    "org.osgi.framework.system.packages.extra",
                    "org.slf4j;version=2.0.17,org.slf4j.event;version=2.0.17,"
                        + "org.slf4j.spi;version=2.0.17,org.slf4j.helpers;version=2.0.17,"
                        + "org.commonshub.platform.api;version=1.0.0",
                    "commonshub.data",
                    directory.resolve("data").toString(),
                    "commonshub.tls.port",
                    Integer.toString(tlsPort),
                    "org.apache.felix.http.host",
                    "127.0.0.1",
                    "org.osgi.service.http.port",
                    "0"));
    framework.start();
    BundleContext context = framework.getBundleContext();
    context.registerService(HubClock.class, new StillClock(), null);
    for (Class<?> one :
        List.of(
            org.osgi.util.function.Function.class,
            org.osgi.util.promise.Promise.class,
            org.osgi.service.component.ComponentContext.class,
            org.apache.felix.scr.impl.Activator.class,
            jakarta.servlet.Servlet.class,
            org.apache.commons.io.IOUtils.class,
            org.apache.commons.fileupload.FileItem.class,
            org.apache.felix.http.jetty.ConnectorFactory.class)) {
      URL jar = one.getProtectionDomain().getCodeSource().getLocation();
      if (context.getBundle("reference:" + jar) == null) {
        context.installBundle("reference:" + jar);
      }
    }
    for (Bundle bundle : context.getBundles()) {
      bundle.start();
    }
    URL classes = TlsComponent.class.getProtectionDomain().getCodeSource().getLocation();
    Bundle bundle = context.installBundle("reference:" + classes);
    bundle.start();
    return bundle;
  }

  @AfterEach
  void stop() throws Exception {
    framework.stop();
    framework.waitForStop(20_000);
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().equals("hub-tls")) {
        thread.join(2_000); // A pool says it ended some microseconds before its last thread does.
        assertThat(thread.isAlive()).as("%s lives on", thread).isFalse();
      }
    }
  }

  private TlsIdentity identity() throws Exception {
    BundleContext context = framework.getBundleContext();
    ServiceReference<TlsIdentity> reference =
        await(() -> context.getServiceReference(TlsIdentity.class));
    return context.getService(reference);
  }

  private static <T> T await(Callable<T> value) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(40).toNanos();
    for (T now = value.call(); ; now = value.call()) {
      if (now != null) {
        return now;
      }
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  private static final class Recorder implements X509TrustManager {
    private X509Certificate seen;

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {
      seen = chain[0];
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  private static String get(int port, String protocol, Recorder recorder) throws Exception {
    SSLContext client = SSLContext.getInstance("TLS");
    client.init(null, new TrustManager[] {recorder}, new SecureRandom());
    try (SSLSocket socket = (SSLSocket) client.getSocketFactory().createSocket("127.0.0.1", port)) {
      socket.setSoTimeout(10_000);
      socket.setEnabledProtocols(new String[] {protocol});
      socket
          .getOutputStream()
          .write(
              "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void servesHttpsWithTheCertificateItAnnounces() throws Exception {
    Bundle bundle = boot(0);
    TlsIdentity identity = identity();
    assertThat(identity.host()).isEqualTo("127.0.0.1");
    for (String protocol : List.of("TLSv1.3", "TLSv1.2")) {
      Recorder recorder = new Recorder();
      String answer = get(identity.port(), protocol, recorder);
      assertThat(answer).startsWith("HTTP/1.1 404").doesNotContainIgnoringCase("server: jetty");
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(recorder.seen.getEncoded());
      assertThat(HexFormat.ofDelimiter(":").withUpperCase().formatHex(digest))
          .isEqualTo(identity.fingerprint());
    }
    for (String old : List.of("TLSv1.1", "TLSv1")) {
      assertThatThrownBy(() -> get(identity.port(), old, new Recorder()))
          .isInstanceOf(IOException.class);
    }

    HubCertificate certificate =
        framework
            .getBundleContext()
            .getService(framework.getBundleContext().getServiceReference(HubCertificate.class));
    assertThat(certificate.fingerprint()).isEqualTo(identity.fingerprint());

    // replaced while the hub runs: the port goes and comes back with the same certificate
    int port = identity.port();
    bundle.stop();
    assertThat(framework.getBundleContext().getServiceReference(TlsIdentity.class)).isNull();
    assertThat(framework.getBundleContext().getServiceReference(HubCertificate.class)).isNull();
    assertThatThrownBy(() -> get(port, "TLSv1.3", new Recorder())).isInstanceOf(IOException.class);
    bundle.start();
    TlsIdentity again = identity();
    assertThat(again.fingerprint()).isEqualTo(identity.fingerprint());
    assertThat(get(again.port(), "TLSv1.3", new Recorder())).startsWith("HTTP/1.1");
  }

  @Test
  void aTakenPortIsWaitedForAndTheHubRunsOn() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      Bundle bundle = boot(taken.getLocalPort());
      await(
          () ->
              Thread.getAllStackTraces().entrySet().stream()
                  .filter(e -> e.getKey().getName().equals("hub-tls"))
                  .filter(
                      e ->
                          java.util.Arrays.stream(e.getValue())
                              .anyMatch(f -> f.getMethodName().equals("sleep")))
                  .findAny()
                  .orElse(null));
      assertThat(bundle.getState()).isEqualTo(Bundle.ACTIVE);
      assertThat(framework.getBundleContext().getServiceReference(TlsIdentity.class)).isNull();
    }
    assertThat(identity().port()).isPositive();
  }
}
