package org.commonshub.platform.config;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.commonshub.platform.api.DurableFiles;
import org.commonshub.platform.api.HubPaths;
import org.commonshub.platform.api.Secrets;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Secrets in {@code DATA/platform.config/secrets.json}, each sealed with AES-256-GCM (NIST SP
 * 800-38D, fresh 96-bit nonce, the name as associated data) under {@code secrets.key} beside it.
 * Both files have mode 0600. This keeps secrets out of configuration files, backups without a
 * passphrase and screenshots; it does not protect from who can read the hub user's files.
 */
@Component
public final class SecretStore implements Secrets {
  private static final Logger LOG = LoggerFactory.getLogger(SecretStore.class);
  static final Pattern REFERENCE = Pattern.compile("\\$\\{secret:([A-Za-z0-9._~-]{1,128})}");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._~-]{1,128}");
  private static final int MAX_SECRETS = 10_000;
  private static final int MAX_VALUE = 16 * 1024;
  private static final int MAX_BYTES = 16 << 20;
  private static final int KEY_BYTES = 32;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;

  private final SecureRandom random = new SecureRandom();
  private final Path file;
  private final byte[] key;
  private final Map<String, byte[]> sealed;

  @Activate
  public SecretStore(@Reference(name = "paths") HubPaths paths) throws IOException {
    this(paths.data().resolve("platform.config"));
  }

  SecretStore(Path directory) throws IOException {
    DurableFiles.privateDirectory(directory);
    this.file = directory.resolve("secrets.json");
    this.key = key(directory.resolve("secrets.key"));
    this.sealed = load();
  }

  @Override
  public Optional<String> resolve(String valueOrReference) {
    Matcher matcher = REFERENCE.matcher(valueOrReference);
    if (!matcher.matches()) {
      return Optional.of(valueOrReference);
    }
    String name = matcher.group(1);
    byte[] bytes;
    synchronized (this) {
      bytes = sealed.get(name);
    }
    if (bytes == null) {
      return Optional.empty();
    }
    try {
      Cipher cipher = cipher(Cipher.DECRYPT_MODE, name, Arrays.copyOf(bytes, NONCE_BYTES));
      byte[] plain = cipher.doFinal(bytes, NONCE_BYTES, bytes.length - NONCE_BYTES);
      return Optional.of(new String(plain, StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      LOG.warn(
          "Secret {} cannot be opened with the key in {}: enter it again in the settings.",
          name,
          file.resolveSibling("secrets.key"));
      return Optional.empty();
    }
  }

  @Override
  public synchronized String put(String name, String value) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "A secret's name is 1 to 128 of letters, digits and . _ - ~");
    }
    byte[] plain = value.getBytes(StandardCharsets.UTF_8);
    if (plain.length > MAX_VALUE) {
      throw new IllegalArgumentException("A secret has at most " + MAX_VALUE + " bytes");
    }
    if (sealed.size() >= MAX_SECRETS && !sealed.containsKey(name)) {
      throw new IllegalStateException("There are " + MAX_SECRETS + " secrets already");
    }
    byte[] before = sealed.put(name, seal(name, plain));
    try {
      store();
    } catch (IOException e) {
      if (before == null) {
        sealed.remove(name);
      } else {
        sealed.put(name, before);
      }
      throw new UncheckedIOException("Cannot store the secret in " + file, e);
    }
    return "${secret:" + name + "}";
  }

  @Override
  public synchronized void remove(String name) {
    byte[] before = sealed.remove(name);
    if (before == null) {
      return;
    }
    try {
      store();
    } catch (IOException e) {
      sealed.put(name, before);
      throw new UncheckedIOException("Cannot remove the secret from " + file, e);
    }
  }

  private byte[] seal(String name, byte[] plain) {
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    try {
      byte[] box = cipher(Cipher.ENCRYPT_MODE, name, nonce).doFinal(plain);
      byte[] result = Arrays.copyOf(nonce, nonce.length + box.length);
      System.arraycopy(box, 0, result, nonce.length, box.length);
      return result;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-256-GCM is not available in this Java", e);
    }
  }

  private Cipher cipher(int mode, String name, byte[] nonce) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(name.getBytes(StandardCharsets.UTF_8));
    return cipher;
  }

  private byte[] key(Path path) throws IOException {
    try {
      byte[] bytes = DurableFiles.read(path, 1024);
      if (bytes.length == KEY_BYTES) {
        return bytes;
      }
      aside(path, "is not " + KEY_BYTES + " bytes long");
    } catch (NoSuchFileException e) {
      // first start
    }
    byte[] fresh = new byte[KEY_BYTES];
    random.nextBytes(fresh);
    DurableFiles.write(path, fresh, true);
    return fresh;
  }

  private Map<String, byte[]> load() throws IOException {
    Map<String, byte[]> loaded = new TreeMap<>();
    byte[] bytes;
    try {
      bytes = DurableFiles.read(file, MAX_BYTES);
    } catch (NoSuchFileException e) {
      return loaded;
    }
    try (JsonParser parser = new JsonFactory().createParser(bytes)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("expected an object");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        byte[] value = Base64.getDecoder().decode(parser.getText());
        if (!NAME.matcher(name).matches() || value.length < NONCE_BYTES + TAG_BITS / 8) {
          throw new IOException("entry " + name + " is damaged");
        }
        loaded.put(name, value);
      }
      if (parser.currentToken() != JsonToken.END_OBJECT) {
        throw new IOException("cut off");
      }
      return loaded;
    } catch (IOException | IllegalArgumentException e) {
      aside(file, e.getMessage());
      return new TreeMap<>();
    }
  }

  private void store() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = new JsonFactory().createGenerator(out, JsonEncoding.UTF8)) {
      json.writeStartObject();
      for (Map.Entry<String, byte[]> entry : sealed.entrySet()) {
        json.writeStringField(entry.getKey(), Base64.getEncoder().encodeToString(entry.getValue()));
      }
      json.writeEndObject();
    }
    DurableFiles.write(file, out.toByteArray(), true);
  }

  private static void aside(Path path, String why) throws IOException {
    Path kept = path.resolveSibling(path.getFileName() + ".damaged");
    LOG.warn(
        "{} is damaged ({}) and kept as {}. Passwords of devices must be entered again.",
        path,
        why,
        kept.getFileName());
    Files.move(path, kept, StandardCopyOption.REPLACE_EXISTING);
  }
}
