package org.commonshub.platform.tls;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Collection;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.commonshub.platform.api.DurableFiles;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The key store of the HTTPS port: {@code DATA/platform.tls/keystore.p12} and its password beside
 * it, both of mode 0600. Made when missing, damaged or about to end.
 */
record Identity(KeyStore store, char[] password, X509Certificate certificate) {
  private static final Logger LOG = LoggerFactory.getLogger(Identity.class);
  private static final String ALIAS = "hub";
  private static final int MAX_BYTES = 1 << 20;
  private static final int SESSIONS = 64;
  private static final int SESSION_SECONDS = 3_600;

  /** A certificate with less left at a start is replaced. */
  static final Duration RENEW = Duration.ofDays(180);

  static Identity loadOrMake(Path directory, Collection<String> names, Instant now)
      throws IOException, GeneralSecurityException {
    DurableFiles.privateDirectory(directory);
    Path file = directory.resolve("keystore.p12");
    Path passwordFile = directory.resolve("keystore.pass");
    try {
      Identity found =
          open(
              DurableFiles.read(file, MAX_BYTES),
              new String(DurableFiles.read(passwordFile, 1024), StandardCharsets.US_ASCII)
                  .toCharArray());
      if (now.plus(RENEW).isBefore(found.certificate.getNotAfter().toInstant())) {
        return found;
      }
      LOG.warn(
          "The certificate of the HTTPS port ends at {}; a new one is made. Its fingerprint changes.",
          found.certificate.getNotAfter().toInstant());
    } catch (NoSuchFileException e) {
      LOG.info("A certificate for the HTTPS port is made; the console shows its fingerprint.");
    } catch (IOException | GeneralSecurityException e) {
      LOG.warn(
          "{} is damaged ({}) and kept as keystore.p12.damaged; a new certificate is made. Its"
              + " fingerprint changes.",
          file,
          e.toString());
      if (Files.exists(file)) {
        Files.move(
            file, file.resolveSibling("keystore.p12.damaged"), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    return make(file, passwordFile, names, now);
  }

  private static Identity open(byte[] bytes, char[] password)
      throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(new ByteArrayInputStream(bytes), password);
    if (store.getKey(ALIAS, password) == null
        || !(store.getCertificate(ALIAS) instanceof X509Certificate certificate)) {
      throw new IOException("it holds no key of the hub");
    }
    return new Identity(store, password, certificate);
  }

  private static Identity make(Path file, Path passwordFile, Collection<String> names, Instant now)
      throws IOException, GeneralSecurityException {
    byte[] random = new byte[24];
    new SecureRandom().nextBytes(random);
    String text = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    char[] password = text.toCharArray();
    CertificateMaker.Made made = CertificateMaker.make(names, now);
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, password);
    store.setKeyEntry(
        ALIAS, made.keys().getPrivate(), password, new Certificate[] {made.certificate()});
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    store.store(out, password);
    // Cut between the two, the old store does not open and a new one is made at the next start.
    DurableFiles.write(passwordFile, text.getBytes(StandardCharsets.US_ASCII), true);
    DurableFiles.write(file, out.toByteArray(), true);
    return new Identity(store, password, made.certificate());
  }

  /** SHA-256 of the certificate as browsers show it. */
  String fingerprint() {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
      return HexFormat.ofDelimiter(":").withUpperCase().formatHex(digest);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A context for the server's side with this certificate. */
  SSLContext serverContext() throws GeneralSecurityException {
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, password);
    SSLContext context = SSLContext.getInstance("TLS");
    // Clients show no certificate; saves loading 150 roots.
    context.init(keys.getKeyManagers(), new TrustManager[0], null);
    context.getServerSessionContext().setSessionCacheSize(SESSIONS);
    context.getServerSessionContext().setSessionTimeout(SESSION_SECONDS);
    return context;
  }

  /** What people may type to reach this computer: its name, localhost, its addresses. */
  static Set<String> localNames() {
    Set<String> names = new LinkedHashSet<>();
    try {
      String host = InetAddress.getLocalHost().getHostName().toLowerCase(Locale.ROOT);
      if (host.matches("[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?") && !host.matches("[0-9.]+")) {
        names.add(host);
        if (host.indexOf('.') < 0) {
          names.add(host + ".local");
        }
      }
    } catch (UnknownHostException e) {
      LOG.debug("This computer has no name", e);
    }
    names.add("localhost");
    names.add("127.0.0.1");
    names.add("::1");
    try {
      for (NetworkInterface one : Collections.list(NetworkInterface.getNetworkInterfaces())) {
        for (InetAddress address : Collections.list(one.getInetAddresses())) {
          if (!address.isLoopbackAddress() && !address.isLinkLocalAddress() && names.size() < 32) {
            names.add(address.getHostAddress().replaceFirst("%.*", ""));
          }
        }
      }
    } catch (SocketException e) {
      LOG.debug("The addresses of this computer are not known", e);
    }
    return names;
  }
}
