package org.commonshub.benchmarks;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * What the hub's own MQTT broker costs: resident memory of the hub with it and 50 clients on TLS
 * that publish once a second and read their own topics, less that of the same hub without it.
 *
 * <p>Baseline: Debian's mosquitto with the same clients without TLS, all of its memory.
 */
public final class BrokerBench implements Bench {
  private static final int CLIENTS = 50;
  private static final int SECONDS = 30;
  private static final String FEATURES = "history,console,https,metering-web";

  @Override
  public String name() {
    return "broker";
  }

  @Override
  public String summary() {
    return "memory of the hub's MQTT broker with 50 clients on TLS, beside mosquitto";
  }

  @Override
  public Result run(PrintStream progress) throws Exception {
    Path folder = Files.createTempDirectory("hub-bench-broker");
    try {
      Path image = HubProcess.image();
      double without;
      try (HubProcess hub =
          HubProcess.start(
              image, folder.resolve("without"), "--no-simulation", "--features", FEATURES)) {
        hub.awaitAnswer("/api/v1/session", Duration.ofSeconds(60));
        TimeUnit.SECONDS.sleep(SECONDS);
        without = HubProcess.residentMegabytes(hub.process().pid());
      }
      progress.printf("Hub without broker: %.1f MB%n", without);
      int port = HubProcess.freePort();
      Path config = Files.createDirectories(folder.resolve("with/config"));
      Files.writeString(
          config.resolve("org.commonshub.metering.broker.json"),
          "{ \"tlsPort\": " + port + ", \"port\": 0 }\n");
      for (int i = 0; i < CLIENTS; i++) {
        Files.writeString(
            config.resolve("org.commonshub.metering.broker.client~c" + i + ".json"),
            "{ \"user\": \"c" + i + "\", \"password\": \"secret-" + i + "\" }\n");
      }
      double with;
      long received;
      try (HubProcess hub =
          HubProcess.start(
              image,
              folder.resolve("with"),
              "--no-simulation",
              "--features",
              FEATURES + ",metering-broker")) {
        hub.awaitAnswer("/api/v1/session", Duration.ofSeconds(60));
        await(port);
        received = play(port, true);
        with = HubProcess.residentMegabytes(hub.process().pid());
      }
      progress.printf("Hub with broker and %d clients: %.1f MB%n", CLIENTS, with);
      Map<String, Number> baseline = new LinkedHashMap<>();
      baseline.put("rss_mb", round(mosquitto(folder)));
      Map<String, Number> figures = new LinkedHashMap<>();
      figures.put("more_rss_mb", round(with - without));
      figures.put("clients", CLIENTS);
      figures.put("messages_read_back", received);
      return new Result(figures, baseline);
    } finally {
      HubProcess.delete(folder);
    }
  }

  private static double mosquitto(Path folder) throws Exception {
    int port = HubProcess.freePort();
    Path file = folder.resolve("mosquitto.conf");
    Files.writeString(file, "listener " + port + " 127.0.0.1\nallow_anonymous true\n");
    String program =
        Files.isExecutable(Path.of("/usr/sbin/mosquitto")) ? "/usr/sbin/mosquitto" : "mosquitto";
    Process process =
        new ProcessBuilder(program, "-c", file.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("mosquitto.log").toFile())
            .start();
    try {
      await(port);
      play(port, false);
      return HubProcess.residentMegabytes(process.pid());
    } finally {
      HubProcess.end(process);
    }
  }

  private static void await(int port) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (true) {
      try (Socket socket = new Socket("127.0.0.1", port)) {
        return;
      } catch (IOException e) {
        if (System.nanoTime() > end) {
          throw new IOException("nothing listens on port " + port, e);
        }
        TimeUnit.MILLISECONDS.sleep(200);
      }
    }
  }

  /** Publishes once a second from every client for a while; returns what they read back. */
  private static long play(int port, boolean tls) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new Anybody()}, new SecureRandom());
    List<Socket> clients = new ArrayList<>();
    long received = 0;
    try {
      for (int i = 0; i < CLIENTS; i++) {
        Socket client = new Socket("127.0.0.1", port);
        if (tls) {
          SSLSocket secured =
              (SSLSocket) context.getSocketFactory().createSocket(client, "127.0.0.1", port, true);
          secured.startHandshake();
          client = secured;
        }
        client.setSoTimeout(10_000);
        clients.add(client);
        client.getOutputStream().write(connect("c" + i, "secret-" + i));
        byte[] answer = client.getInputStream().readNBytes(4);
        if (answer.length < 4 || answer[0] != 0x20 || answer[3] != 0) {
          throw new IOException("client " + i + " was not admitted");
        }
        client.getOutputStream().write(subscribe("c" + i + "/#"));
        client.getInputStream().readNBytes(5);
      }
      for (int second = 0; second < SECONDS; second++) {
        for (int i = 0; i < CLIENTS; i++) {
          clients
              .get(i)
              .getOutputStream()
              .write(publish("c" + i + "/tele/SENSOR", "{\"ENERGY\":{\"Power\":" + second + "}}"));
        }
        for (Socket client : clients) {
          received += packet(client);
        }
        TimeUnit.SECONDS.sleep(1);
      }
    } finally {
      for (Socket client : clients) {
        client.close();
      }
    }
    return received;
  }

  private static int packet(Socket client) throws IOException {
    int type = client.getInputStream().read();
    int length = client.getInputStream().read();
    return type >> 4 == 3 && client.getInputStream().readNBytes(length).length == length ? 1 : 0;
  }

  private static byte[] connect(String user, String password) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(body);
    out.writeUTF("MQTT");
    out.writeByte(4);
    out.writeByte(0xC2); // user, password, clean session
    out.writeShort(60);
    out.writeUTF(user);
    out.writeUTF(user);
    out.writeUTF(password);
    return framed(0x10, body);
  }

  private static byte[] subscribe(String filter) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(body);
    out.writeShort(1);
    out.writeUTF(filter);
    out.writeByte(0);
    return framed(0x82, body);
  }

  private static byte[] publish(String topic, String payload) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    new DataOutputStream(body).writeUTF(topic);
    body.write(payload.getBytes(StandardCharsets.UTF_8));
    return framed(0x30, body);
  }

  private static byte[] framed(int head, ByteArrayOutputStream body) throws IOException {
    if (body.size() > 127) {
      throw new IOException("longer than a one-byte length");
    }
    ByteArrayOutputStream packet = new ByteArrayOutputStream();
    packet.write(head);
    packet.write(body.size());
    body.writeTo(packet);
    return packet.toByteArray();
  }

  private static double round(double value) {
    return Math.round(value * 100) / 100.0;
  }

  /** The hub's certificate is its own; here it is only measured. */
  private static final class Anybody extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(
        X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

    @Override
    public void checkServerTrusted(
        X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
