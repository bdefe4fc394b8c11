package org.commonshub.neighbour.https;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.commonshub.neighbour.api.Neighbour;
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
    Passport.Made made = Passport.make(OTHER, org.commonshub.testing.fakes.FakeHubClock.START);
    book.admit(
        Passport.read(
            new java.security.cert.X509Certificate[] {made.certificate()},
            org.commonshub.testing.fakes.FakeHubClock.START));
    try (var files = Files.newDirectoryStream(directory, "*.log")) {
      Files.writeString(files.iterator().next(), "{}\n");
    }
    assertThat(new Book(directory, SELF.did()).list().get(0).problem().orElseThrow())
        .contains("damaged")
        .contains("enter it again");
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
