package org.commonshub.ledger.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.commonshub.identity.api.Cbor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Published identifiers, and the fixture carv1-basic of the IPLD specification. */
class CarTest {
  private static final byte[] FIXTURE =
      HpkeTest.hex(
          "63a265726f6f747382d82a58250001711220f88bc853804cf294fe417e4fa83028689fcdb1b1592c"
              + "5102e1474dbc200fab8bd82a5825000171122069ea0740f9807a28f4d932c62e7c1c83be055e5507"
              + "2c90266ab3e79df63a365b6776657273696f6e015b01711220f88bc853804cf294fe417e4fa83028"
              + "689fcdb1b1592c5102e1474dbc200fab8ba2646c696e6bd82a582300122002acecc5de2438ea4126"
              + "a3010ecb1f8a599c8eff22fff1a1dcffe999b27fd3de646e616d6564626c69708301122002acecc5"
              + "de2438ea4126a3010ecb1f8a599c8eff22fff1a1dcffe999b27fd3de122e0a2401551220b6fbd675"
              + "f98e2abd22d4ed29fdc83150fedc48597e92dd1a7a24381d44a274511204626561721804122f0a22"
              + "122079a982de3c9907953d4d323cee1d0fb1ed8f45f8ef02870c0cb9e09246bd530a12067365636f"
              + "6e641895012801551220b6fbd675f98e2abd22d4ed29fdc83150fedc48597e92dd1a7a24381d44a2"
              + "7451636363638001122079a982de3c9907953d4d323cee1d0fb1ed8f45f8ef02870c0cb9e09246bd"
              + "530a122d0a240155122081cc5b17018674b401b42f35ba07bb79e211239c23bffe658da1577e3e64"
              + "68771203646f671804122d0a221220e7dc486e97e6ebe5cdabab3e392bdad128b6e09acc94bb4e2a"
              + "a2af7b986d24d0120566697273741833280155122081cc5b17018674b401b42f35ba07bb79e21123"
              + "9c23bffe658da1577e3e64687762626262511220e7dc486e97e6ebe5cdabab3e392bdad128b6e09a"
              + "cc94bb4e2aa2af7b986d24d0122d0a240155122061be55a8e2f6b4e172338bddf184d6dbee29c988"
              + "53e0a0485ecee7f27b9af0b412036361741804280155122061be55a8e2f6b4e172338bddf184d6db"
              + "ee29c98853e0a0485ecee7f27b9af0b461616161360171122069ea0740f9807a28f4d932c62e7c1c"
              + "83be055e55072c90266ab3e79df63a365ba2646c696e6bf6646e616d65656c696d626f");

  @ParameterizedTest
  @CsvSource({
    "85, '', bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
    "85, hello world, bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e",
    "85, cccc, bafkreifw7plhl6mofk6sfvhnfh64qmkq73oeqwl6sloru6rehaoujituke",
  })
  void publishedIdentifiers(int codec, String text, String cid) {
    assertThat(Cid.of(codec, text.getBytes(StandardCharsets.UTF_8))).hasToString(cid);
  }

  @Test
  void theEmptyMapOfDagCbor() {
    assertThat(Cid.of(Cid.DAG_CBOR, Cbor.encode(Map.of())))
        .hasToString("bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua");
  }

  private static List<Car.Block> read(byte[] bytes, List<Cid> roots) throws IOException {
    Car.Reader car = new Car.Reader(new ByteArrayInputStream(bytes));
    roots.addAll(car.roots());
    List<Car.Block> blocks = new ArrayList<>();
    for (Car.Block block = car.next(); block != null; block = car.next()) {
      blocks.add(block);
    }
    return blocks;
  }

  @Test
  void theFixtureIsRead() throws IOException {
    List<Cid> roots = new ArrayList<>();
    List<Car.Block> blocks = read(FIXTURE, roots);
    assertThat(roots.stream().map(Cid::toString))
        .containsExactly(
            "bafyreihyrpefhacm6kkp4ql6j6udakdit7g3dmkzfriqfykhjw6cad5lrm",
            "bafyreidj5idub6mapiupjwjsyyxhyhedxycv4vihfsicm2vt46o7morwlm");
    assertThat(blocks)
        .extracting(block -> block.data().length)
        .containsExactly(55, 97, 4, 94, 4, 47, 4, 18);
    assertThat(blocks.get(0).cid()).isEqualTo(roots.get(0));
    assertThat(new String(blocks.get(2).data(), StandardCharsets.UTF_8)).isEqualTo("cccc");
  }

  @Test
  void whatIsWrittenIsTheFixturesForm() throws IOException {
    List<Cid> roots = new ArrayList<>();
    List<Car.Block> blocks = read(FIXTURE, roots);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Car.Block block : blocks) {
      Car.writeBlock(out, block.cid(), block.data(), block.data().length);
    }
    assertThat(out.toByteArray()).isEqualTo(Arrays.copyOfRange(FIXTURE, 100, FIXTURE.length));
    out.reset();
    Car.writeHeader(out, roots.get(0));
    assertThat(read(out.toByteArray(), new ArrayList<>())).isEmpty();
  }

  @Test
  void whatIsCutOrChangedIsRefused() throws IOException {
    int whole = 0;
    for (int length = 0; length < FIXTURE.length; length++) {
      try {
        read(Arrays.copyOf(FIXTURE, length), new ArrayList<>());
        whole++; // between two blocks
      } catch (MalformedContentException e) {
        assertThat(e).hasMessageNotContaining("null");
      }
    }
    assertThat(whole).isEqualTo(8);
    List<Car.Block> blocks = read(FIXTURE, new ArrayList<>());
    for (int at = 137; at < 192; at++) { // the data of the first block
      byte[] changed = FIXTURE.clone();
      changed[at] ^= 4;
      assertThatThrownBy(() -> read(changed, new ArrayList<>()))
          .isInstanceOf(MalformedContentException.class)
          .hasMessageContaining("identifier");
    }
    byte[] codec = FIXTURE.clone();
    codec[102] ^= 4; // not hashed: another identifier
    assertThat(read(codec, new ArrayList<>()).get(0).cid()).isNotEqualTo(blocks.get(0).cid());
  }
}
