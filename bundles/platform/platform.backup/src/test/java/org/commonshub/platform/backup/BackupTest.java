package org.commonshub.platform.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.commonshub.platform.api.BackupParticipant;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.backup.Archive.Home;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class BackupTest {
  private static final char[] PASSPHRASE = "four words are enough".toCharArray();
  private static final char[] NONE = new char[0];

  @TempDir Path directory;
  private Home old;
  private Home fresh;
  private BackupComponent from;
  private BackupComponent to;

  private static class Part implements BackupParticipant {
    private final String name;
    private byte[] content;
    private final boolean failing;

    Part(String name, byte[] content, boolean failing) {
      this.name = name;
      this.content = content;
      this.failing = failing;
    }

    @Override
    public String backupName() {
      return name;
    }

    @Override
    public void writeBackup(OutputStream out) throws IOException {
      try (out) { // a participant that closes the stream must not end the archive
        out.write(content);
      }
    }

    @Override
    public synchronized void restoreBackup(InputStream in) throws IOException {
      if (failing) {
        throw new IOException("broken");
      }
      content = in.readAllBytes();
    }

    synchronized byte[] content() {
      return content;
    }
  }

  private static final class StillClock implements HubClock {
    @Override
    public Instant now() {
      return Instant.parse("2026-01-15T12:00:00Z");
    }

    @Override
    public long monotonicNanos() {
      return 0;
    }

    @Override
    public int epoch() {
      return 41;
    }

    @Override
    public Quality quality() {
      return Quality.SYNCHRONISED;
    }
  }

  @BeforeEach
  void hubs() throws IOException {
    old = home("old");
    fresh = home("new");
    write(old.config().resolve("a.json"), "{\"a\": 1} // kept");
    write(old.config().resolve("f~1.json"), "{}");
    write(old.config().resolve("a.json.refused"), "not in it");
    for (String name : Archive.SEALED) {
      write(old.data().resolve(name), "secret " + name);
    }
    write(old.data().resolve("platform.features/enabled.json"), "{\"enabled\":[]}");
    write(fresh.config().resolve("a.json"), "{\"a\": 0}");
    write(fresh.config().resolve("z.json"), "{}");
    write(fresh.data().resolve("platform.accounts/accounts.json"), "other people");
    from = new BackupComponent(old, new StillClock(), "1.2.3", 1_000);
    to = new BackupComponent(fresh, new StillClock(), "1.2.3", 1_000);
  }

  @AfterEach
  void close() throws InterruptedException {
    from.deactivate();
    to.deactivate();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().equals("hub-restore")) {
        thread.join(2_000); // A pool says it ended some microseconds before its last thread does.
        assertThat(thread.isAlive()).as("%s lives on", thread).isFalse();
      }
    }
  }

  private Home home(String name) throws IOException {
    return new Home(
        Files.createDirectories(directory.resolve(name).resolve("data")),
        Files.createDirectories(directory.resolve(name).resolve("config")));
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private byte[] backup(char[] passphrase) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    from.write(out, passphrase);
    return out.toByteArray();
  }

  /** A later start: the marker of this process is made to be another's. */
  private boolean restart() throws IOException {
    Path ready = fresh.data().resolve("restore/ready");
    if (Files.exists(ready)) {
      Files.writeString(ready, "another process");
    }
    return new Staging(fresh).apply();
  }

  @Test
  void everythingComesBackAtTheNextStart() throws Exception {
    byte[] history = new byte[3_000_000];
    new Random(1).nextBytes(history);
    from.addParticipant(new Part("history.sqlite", history, false));
    byte[] backup = backup(PASSPHRASE);
    assertThat(to.stage(new ByteArrayInputStream(backup), PASSPHRASE))
        .isEqualTo(
            "At the next start the hub takes over 2 settings, users and secrets and history.sqlite"
                + " from the backup of 2026-01-15T12:00:00Z.");
    assertThat(fresh.config().resolve("a.json")).hasContent("{\"a\": 0}");
    assertThat(new Staging(fresh).apply()).as("replacing this bundle is no start").isFalse();

    assertThat(restart()).isTrue();
    assertThat(fresh.config().resolve("a.json")).hasContent("{\"a\": 1} // kept");
    assertThat(fresh.config().resolve("f~1.json")).exists();
    assertThat(fresh.config().resolve("z.json")).doesNotExist();
    Path accounts = fresh.data().resolve("platform.accounts/accounts.json");
    assertThat(accounts).hasContent("secret platform.accounts/accounts.json");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(accounts)))
        .isEqualTo("rw-------");
    assertThat(fresh.data().resolve("platform.clock/epoch.floor"))
        .hasContent(41 + Staging.FENCE + "\n");
    assertThat(fresh.data().resolve("before-restore/config/z.json")).exists();
    assertThat(fresh.data().resolve("before-restore/platform.accounts/accounts.json"))
        .hasContent("other people");

    Part part = new Part("history.sqlite", new byte[0], false);
    to.addParticipant(part);
    to.addParticipant(new Part("other", new byte[0], false));
    to.deactivate();
    assertThat(part.content()).isEqualTo(history);
    assertThat(fresh.data().resolve("restore.parts/history.sqlite")).doesNotExist();
    assertThat(restart()).as("once").isFalse();
  }

  @Test
  void withoutAPassphraseNoSecretLeaves() throws Exception {
    byte[] backup = backup(NONE);
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(backup))) {
      for (ZipEntry e = zip.getNextEntry(); e != null; e = zip.getNextEntry()) {
        assertThat(new String(zip.readAllBytes(), StandardCharsets.UTF_8))
            .as(e.getName())
            .doesNotContain("secret");
      }
    }
    assertThat(to.stage(new ByteArrayInputStream(backup), NONE)).doesNotContain("users");
    restart();
    assertThat(fresh.data().resolve("platform.accounts/accounts.json")).hasContent("other people");
    assertThat(fresh.config().resolve("a.json")).hasContent("{\"a\": 1} // kept");
  }

  @Test
  void aPartWithKeysIsOnlyInTheSealedHalf() throws Exception {
    byte[] key = "secret hub key".getBytes(StandardCharsets.UTF_8);
    from.addParticipant(
        new Part("identity.provider", key, false) {
          @Override
          public boolean sealed() {
            return true;
          }
        });
    withoutAPassphraseNoSecretLeaves();
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(backup(PASSPHRASE)))) {
      for (ZipEntry e = zip.getNextEntry(); e != null; e = zip.getNextEntry()) {
        assertThat(new String(zip.readAllBytes(), StandardCharsets.UTF_8))
            .as(e.getName())
            .doesNotContain("hub key");
      }
    }
    to.stage(new ByteArrayInputStream(backup(PASSPHRASE)), PASSPHRASE);
    restart();
    Path waiting = fresh.data().resolve("restore.parts/identity.provider");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(waiting)))
        .isEqualTo("rw-------");
    Part part = new Part("identity.provider", new byte[0], false);
    to.addParticipant(part);
    to.deactivate();
    assertThat(part.content()).isEqualTo(key);
    assertThat(waiting).doesNotExist();
  }

  @Test
  void aPowerCutDuringTheRestoreIsRepeated() throws Exception {
    to.stage(new ByteArrayInputStream(backup(PASSPHRASE)), PASSPHRASE);
    // settings written, then the power went: everything staged is still there
    write(fresh.data().resolve("restore/saved"), "");
    write(fresh.config().resolve("a.json"), "{\"a\": 1} // kept");
    assertThat(restart()).isTrue();
    assertThat(fresh.config().resolve("z.json")).doesNotExist();
    // cut while unpacking: never applied, cleared by the next
    write(fresh.data().resolve("restore.new/config/evil.json"), "{}");
    assertThat(restart()).isFalse();
    to.stage(new ByteArrayInputStream(backup(PASSPHRASE)), PASSPHRASE);
    restart();
    assertThat(fresh.config().resolve("evil.json")).doesNotExist();
  }

  @Test
  void aPartThatCannotBeRestoredIsKept() throws Exception {
    from.addParticipant(new Part("history", new byte[] {1}, false));
    to.stage(new ByteArrayInputStream(backup(NONE)), NONE);
    restart();
    to.addParticipant(new Part("history", new byte[0], true));
    to.deactivate();
    assertThat(fresh.data().resolve("restore.parts/history.failed")).exists();
  }

  private void refused(byte[] backup, char[] passphrase, String message) {
    assertThatThrownBy(() -> to.stage(new ByteArrayInputStream(backup), passphrase))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(message);
    assertThat(fresh.data().resolve("restore")).doesNotExist();
    assertThat(fresh.data().resolve("restore.new")).doesNotExist();
    assertThat(fresh.data().resolve("platform.clock/epoch.floor")).doesNotExist();
  }

  @Test
  void wrongPassphrases() throws IOException {
    byte[] sealed = backup(PASSPHRASE);
    refused(sealed, "wrong".toCharArray(), "passphrase is wrong");
    refused(sealed, NONE, "enter its passphrase");
    refused(backup(NONE), PASSPHRASE, "not sealed");
  }

  @Test
  void settingsExchangedInASealedBackupAreNoticed() throws Exception {
    Map<String, byte[]> entries = entries(backup(PASSPHRASE));
    entries.put("config/a.json", "{\"evil\": 1}".getBytes(StandardCharsets.UTF_8));
    refused(zip(entries), PASSPHRASE, "does not match its manifest");
    Manifest manifest = Manifest.parse(entries.get("manifest.json"));
    Map<String, String> digests = new TreeMap<>(manifest.digests());
    digests.put(
        "config/a.json",
        java.util.HexFormat.of()
            .formatHex(
                java.security.MessageDigest.getInstance("SHA-256")
                    .digest(entries.get("config/a.json"))));
    entries.put("manifest.json", new Manifest("1", manifest.created(), 41, digests).toBytes());
    refused(zip(entries), PASSPHRASE, "changed after it was sealed");
  }

  private static Map<String, byte[]> entries(byte[] archive) throws IOException {
    Map<String, byte[]> entries = new java.util.LinkedHashMap<>();
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(archive))) {
      for (ZipEntry e = zip.getNextEntry(); e != null; e = zip.getNextEntry()) {
        entries.put(e.getName(), zip.readAllBytes());
      }
    }
    return entries;
  }

  private static byte[] zip(Map<String, byte[]> entries) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue());
      }
    }
    return out.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../evil",
        "config/../../evil.json",
        "/etc/evil.json",
        "config/.hidden.json",
        "config/a/b.json",
        "config\\..\\evil.json",
        "parts/../x",
        "parts/UPPER",
        "data/platform.accounts/accounts.json",
        "data/platform.features/../x",
        "restore",
        "",
      })
  void namesThatLeaveTheirPlaceAreRefused(String name) throws IOException {
    refused(zip(Map.of(name, new byte[] {1})), NONE, "");
    assertThat(directory.resolve("evil")).doesNotExist();
  }

  @Test
  void bombsAreRefused() throws IOException {
    refused(zip(Map.of("config/a.json", new byte[(1 << 20) + 1])), NONE, "larger than");
    refused(zip(Map.of("sealed.bin", new byte[(32 << 20) + 1])), NONE, "larger than");
    refused(zip(Map.of("manifest.json", new byte[(8 << 20) + 1])), NONE, "larger than");
    Path into = Files.createDirectories(directory.resolve("bomb"));
    assertThatThrownBy(
            () ->
                Archive.extract(
                    new ByteArrayInputStream(zip(Map.of("parts/p", new byte[100_000]))),
                    into,
                    NONE,
                    () -> 99_999))
        .hasMessageContaining("not enough free space");
  }

  @Test
  void damageIsNoticed() throws IOException {
    from.addParticipant(new Part("history", new byte[5_000], false));
    byte[] good = backup(PASSPHRASE);
    Random random = new Random(9);
    for (int i = 0; i < 400; i++) {
      byte[] bad = good.clone();
      if (i % 2 == 0) {
        bad = Arrays.copyOf(good, random.nextInt(good.length));
      } else {
        for (int n = 0; n < 4; n++) {
          bad[random.nextInt(good.length)] ^= (byte) (1 + random.nextInt(255));
        }
      }
      byte[] damaged = bad;
      try {
        to.stage(new ByteArrayInputStream(damaged), PASSPHRASE);
        // only bytes that carry no content (the ZIP's directory, times) may differ
        assertThat(entries(damaged)).containsOnlyKeys(entries(good).keySet());
      } catch (IOException e) {
        assertThat(e.getMessage()).isNotBlank();
        assertThat(fresh.data().resolve("restore.new")).doesNotExist();
      }
    }
  }
}
