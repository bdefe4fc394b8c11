package org.commonshub.neighbour.https;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import org.commonshub.identity.api.KeyLog;
import org.commonshub.neighbour.api.Neighbour;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeIdentity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BookTest {
  private static final FakeIdentity SELF = new FakeIdentity("self");
  private static final FakeIdentity OTHER = new FakeIdentity("other");

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CARD                       | Anna | anna.local  | 8484  |",
        "DID                        | Anna | 192.168.1.7 | 1     |",
        "DID                        | Anna | fe80::1%eth0 | 65535 |",
        "did:key:z6Mkfoo            | Anna | anna.local  | 8484  | not the card",
        "commonshub:                | Anna | anna.local  | 8484  | not the card",
        "DID?key=                   | Anna | anna.local  | 8484  | not the card",
        "commonshub:DID?key=z6MkBad | Anna | anna.local  | 8484  | damaged",
        "SELF                       | Anna | anna.local  | 8484  | this hub itself",
        "CARD                       | ''   | anna.local  | 8484  | a name",
        "CARD                       | Anna | anna local  | 8484  | not a host",
        "CARD                       | Anna | http://anna | 8484  | not a host",
        "CARD                       | Anna | ''          | 8484  | not a host",
        "CARD                       | Anna | anna.local  | 0     | A port",
        "CARD                       | Anna | anna.local  | 65536 | A port",
      })
  void whatPeopleEnter(String card, String name, String host, int port, String refusal)
      throws IOException {
    Book book = new Book(directory, SELF.did());
    String text =
        card.replace("CARD", OTHER.card()).replace("SELF", SELF.card()).replace("DID", OTHER.did());
    if (refusal == null) {
      Neighbour added = book.add(text, name, host, port);
      assertThat(added.did()).isEqualTo(OTHER.did());
      assertThat(new Book(directory, SELF.did()).list()).containsExactly(added);
      assertThatThrownBy(() -> book.add(text, name, host, port))
          .hasMessageContaining("on the list already");
    } else {
      assertThatThrownBy(() -> book.add(text, name, host, port))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(refusal);
      assertThat(book.list()).isEmpty();
    }
  }

  @Test
  void holdsSixtyFour() throws IOException {
    Book book = new Book(directory, SELF.did());
    for (int i = 0; i < Book.MAX; i++) {
      book.add(new FakeIdentity("n" + i).did(), "n" + i, "10.0.0." + i, 8484);
    }
    assertThatThrownBy(() -> book.add(OTHER.did(), "more", "10.0.1.1", 8484))
        .hasMessageContaining("64 neighbours already");
    assertThat(new Book(directory, SELF.did()).list()).hasSize(64);
  }

  @Test
  void aDiskThatRefusesChangesNothing() throws IOException {
    Book book = new Book(directory, SELF.did());
    book.add(OTHER.did(), "other", "10.0.0.1", 8484);
    Path blocker = Files.createDirectories(directory.resolve(".neighbours.json.tmp"));
    Files.createFile(blocker.resolve("x"));
    assertThatThrownBy(() -> book.add(new FakeIdentity("third").did(), "third", "10.0.0.2", 8484))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> book.remove(OTHER.did())).isInstanceOf(IOException.class);
    assertThat(book.list()).extracting(Neighbour::name).containsExactly("other");
  }

  @Test
  void aDamagedKeyLogIsNamed() throws Exception {
    Book book = new Book(directory, SELF.did());
    book.add(OTHER.card(), "other", "10.0.0.1", 8484);
    meet(book, OTHER);
    try (var files = Files.newDirectoryStream(directory, "*.log")) {
      Files.writeString(files.iterator().next(), "{}\n");
    }
    assertThat(new Book(directory, SELF.did()).list().get(0).problem().orElseThrow())
        .contains("damaged")
        .contains("enter it again");
  }

  @Test
  void aBackupBringsNeighboursBackAndNoOldKey() throws Exception {
    FakeIdentity rotating = new FakeIdentity("rotating");
    Book book = new Book(directory.resolve("old"), SELF.did());
    book.add(OTHER.card(), "Anna", "anna.local", 8484);
    book.add(rotating.did(), "Ben", "10.0.0.2", 8485);
    book.add(new FakeIdentity("silent").did(), "Carl", "10.0.0.3", 8486);
    meet(book, OTHER);
    meet(book, rotating);
    byte[] backup = backup(book);

    Book restored = new Book(directory.resolve("new"), SELF.did());
    assertThat(restored.restore(new ByteArrayInputStream(backup))).hasSize(3);
    assertThat(new Book(directory.resolve("new"), SELF.did()).list())
        .isEqualTo(restored.list())
        .extracting(Neighbour::name, Neighbour::host, Neighbour::port)
        .containsExactly(
            tuple("Anna", "anna.local", 8484),
            tuple("Ben", "10.0.0.2", 8485),
            tuple("Carl", "10.0.0.3", 8486));
    assertThat(restored.keyLog(rotating.did())).hasValue(KeyLog.verify(rotating.keyLog()));
    assertThat(backup(restored)).isEqualTo(backup);
    meet(restored, OTHER);

    // A key that was changed after the backup: it does not come back.
    rotating.rotate();
    meet(restored, rotating);
    restored.remove(OTHER.did());
    assertThat(restored.restore(new ByteArrayInputStream(backup))).containsExactly(OTHER.did());
    assertThat(restored.keyLog(rotating.did())).hasValue(KeyLog.verify(rotating.keyLog()));
    // One that knows less learns it.
    assertThat(book.restore(new ByteArrayInputStream(backup(restored)))).isEmpty();
    assertThat(book.keyLog(rotating.did())).hasValue(KeyLog.verify(rotating.keyLog()));
    // A hub is not its own neighbour.
    Book other = new Book(directory.resolve("other"), OTHER.did());
    assertThat(other.restore(new ByteArrayInputStream(backup))).hasSize(2);
  }

  @Test
  void aDamagedBackupChangesNothing() throws Exception {
    Book book = new Book(directory.resolve("old"), SELF.did());
    book.add(OTHER.card(), "Anna", "anna.local", 8484);
    meet(book, OTHER);
    byte[] backup = backup(book);
    Book restored = new Book(directory.resolve("new"), SELF.did());
    restored.add(new FakeIdentity("third").did(), "Third", "10.0.0.2", 8484);
    for (int at = 0; at < backup.length; at += 7) {
      byte[] cut = Arrays.copyOf(backup, at);
      assertThatThrownBy(() -> restored.restore(new ByteArrayInputStream(cut)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("in the backup are damaged");
    }
    assertThat(restored.list()).extracting(Neighbour::name).containsExactly("Third");
    assertThat(new Book(directory.resolve("new"), SELF.did()).list()).hasSize(1);
    try (var files = Files.newDirectoryStream(directory.resolve("new"), "*.log")) {
      assertThat(files).isEmpty();
    }
  }

  private static void meet(Book book, FakeIdentity hub) throws Exception {
    Passport.Made made = Passport.make(hub, FakeHubClock.START);
    book.admit(Passport.read(new X509Certificate[] {made.certificate()}, FakeHubClock.START));
  }

  private static byte[] backup(Book book) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    book.backup(out);
    return out.toByteArray();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''",
        "{}",
        "[",
        "[1]",
        "[{}]",
        "[{\"did\":\"x\",\"name\":\"a\",\"host\":\"b\",\"port\":1}]",
        "[{\"did\":[]}]"
      })
  void aDamagedFileIsRefusedAsAWhole(String text) {
    assertThatThrownBy(() -> Book.parse(text.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IOException.class);
  }
}
