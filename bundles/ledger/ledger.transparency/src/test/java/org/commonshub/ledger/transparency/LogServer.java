package org.commonshub.ledger.transparency;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.commonshub.identity.api.VerificationKey;
import org.commonshub.ledger.api.MerkleTree;

/** A transparency log as its README describes it, in memory, on a loopback port. */
final class LogServer implements AutoCloseable {
  private record Kept(String account, String key, byte[] digest) {}

  final String origin;
  private final KeyPair pair;
  private final List<Kept> entries = new ArrayList<>();
  private final List<byte[]> leaves = new ArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server;
  private int port;
  boolean forging;
  boolean liesAboutProofs;

  LogServer(String origin) throws GeneralSecurityException, IOException {
    this.origin = origin;
    this.pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    start();
  }

  VerificationKey key() {
    return VerificationKey.of(pair.getPublic());
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + port);
  }

  synchronized void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    port = server.getAddress().getPort();
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  synchronized void stop() {
    server.stop(0);
  }

  synchronized long count(String key, byte[] digest) {
    return entries.stream()
        .filter(e -> e.key().equals(key) && Arrays.equals(e.digest(), digest))
        .count();
  }

  synchronized int size() {
    return entries.size();
  }

  /** Loses its newest entries, as from an old copy. */
  synchronized void forget(int count) {
    for (int i = 0; i < count; i++) {
      entries.remove(entries.size() - 1);
      leaves.remove(leaves.size() - 1);
    }
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readNBytes(4_096);
      String reply;
      int status = 200;
      synchronized (this) {
        String path = exchange.getRequestURI().getPath();
        Map<String, String> query = query(exchange.getRequestURI().getRawQuery());
        reply =
            switch (path) {
              case "/entries" ->
                  "Bearer secret".equals(exchange.getRequestHeaders().getFirst("Authorization"))
                      ? add(Answer.parse(body))
                      : "401";
              case "/checkpoint" -> checkpoint();
              case "/proof" -> proof(query);
              case "/consistency" -> consistency(query);
              default -> "404";
            };
      }
      if (reply.length() == 3) {
        status = Integer.parseInt(reply);
        reply = "{\"error\":\"" + reply + "\"}";
      }
      byte[] bytes = reply.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    } catch (Answer.Malformed | GeneralSecurityException | RuntimeException e) {
      exchange.sendResponseHeaders(400, -1);
    }
  }

  private String add(Answer entry) throws Answer.Malformed {
    Kept kept = new Kept(entry.text("account"), entry.text("key"), entry.hex("digest", 32));
    int known = find(kept.account(), kept.key());
    if (known >= 0) {
      return Arrays.equals(entries.get(known).digest(), kept.digest())
          ? "{\"index\":" + known + "}"
          : "409";
    }
    entries.add(kept);
    leaves.add(Head.leaf(kept.account(), kept.key(), kept.digest()));
    return "{\"index\":" + (entries.size() - 1) + "}";
  }

  private int find(String account, String key) {
    for (int i = 0; i < entries.size(); i++) {
      if (entries.get(i).account().equals(account) && entries.get(i).key().equals(key)) {
        return i;
      }
    }
    return -1;
  }

  private String checkpoint() throws GeneralSecurityException {
    Head head = new Head(origin, entries.size(), MerkleTree.root(leaves), 1_000, new byte[64]);
    Signature signer = Signature.getInstance("Ed25519");
    signer.initSign(
        forging
            ? KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPrivate()
            : pair.getPrivate());
    signer.update(head.signed());
    return "{\"origin\":\""
        + origin
        + "\",\"size\":"
        + head.size()
        + ",\"root\":\""
        + HexFormat.of().formatHex(head.root())
        + "\",\"time\":1000,\"signature\":\""
        + HexFormat.of().formatHex(signer.sign())
        + "\"}";
  }

  private String proof(Map<String, String> query) {
    int index = find(query.get("account"), query.get("key"));
    int size = Integer.parseInt(query.get("size"));
    if (index < 0 || index >= size) {
      return "404";
    }
    byte[] digest = entries.get(index).digest().clone();
    digest[0] ^= (byte) (liesAboutProofs ? 1 : 0);
    return "{\"index\":"
        + index
        + ",\"digest\":\""
        + HexFormat.of().formatHex(digest)
        + "\",\"path\":"
        + list(MerkleTree.inclusion(leaves.subList(0, size), index))
        + "}";
  }

  private String consistency(Map<String, String> query) {
    int from = Integer.parseInt(query.get("from"));
    int to = Integer.parseInt(query.get("to"));
    return "{\"path\":" + list(subProof(from, leaves.subList(0, to), true)) + "}";
  }

  /** RFC 9162, section 2.1.4.1. */
  private static List<byte[]> subProof(int m, List<byte[]> tree, boolean whole) {
    int n = tree.size();
    if (m == n) {
      return whole ? List.of() : List.of(MerkleTree.root(tree));
    }
    int k = Integer.highestOneBit(n - 1);
    List<byte[]> path = new ArrayList<>();
    if (m <= k) {
      path.addAll(subProof(m, tree.subList(0, k), whole));
      path.add(MerkleTree.root(tree.subList(k, n)));
    } else {
      path.addAll(subProof(m - k, tree.subList(k, n), false));
      path.add(MerkleTree.root(tree.subList(0, k)));
    }
    return path;
  }

  private static String list(List<byte[]> hashes) {
    return hashes.stream()
        .map(hash -> "\"" + HexFormat.of().formatHex(hash) + "\"")
        .collect(Collectors.joining(",", "[", "]"));
  }

  private static Map<String, String> query(String raw) {
    Map<String, String> query = new HashMap<>();
    for (String each : raw == null ? new String[0] : raw.split("&")) {
      String[] parts = each.split("=", 2);
      query.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
    }
    return query;
  }

  @Override
  public void close() {
    stop();
    threads.shutdownNow();
  }
}
