package org.commonshub.metering.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.commonshub.metering.api.ServiceBrowser.Instance;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DnsTest {
  /** Builds responses. */
  static final class Message {
    private final ByteArrayOutputStream records = new ByteArrayOutputStream();
    private int count;

    Message record(byte[] name, int type, int life, byte[] data) {
      records.writeBytes(name);
      word(type);
      word(0x8001);
      word(life >> 16);
      word(life);
      word(data.length);
      records.writeBytes(data);
      count++;
      return this;
    }

    private void word(int value) {
      records.write(value >> 8);
      records.write(value);
    }

    byte[] bytes() {
      byte[] head = new byte[12];
      head[2] = (byte) 0x84;
      head[7] = (byte) count;
      return join(head, records.toByteArray());
    }
  }

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  static byte[] name(String... labels) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (String label : labels) {
      byte[] bytes = label.getBytes(StandardCharsets.UTF_8);
      out.write(bytes.length);
      out.writeBytes(bytes);
    }
    out.write(0);
    return out.toByteArray();
  }

  static byte[] dotted(String name) {
    return name(name.split("\\."));
  }

  static byte[] service(int port, byte[] target) {
    return join(new byte[] {0, 0, 0, 0, (byte) (port >> 8), (byte) port}, target);
  }

  static byte[] texts(String... texts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (String text : texts) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      out.write(bytes.length);
      out.writeBytes(bytes);
    }
    return out.toByteArray();
  }

  @Test
  void aQueryWithTheUnicastBit() {
    byte[] query =
        Dns.query(7, List.of(new Dns.Question(Dns.Name.of("_shelly._tcp.local"), Dns.PTR)), true);
    assertThat(HexFormat.of().formatHex(query))
        .isEqualTo(
            "000700000001000000000000" + "075f7368656c6c79045f746370056c6f63616c00" + "000c8001");
    assertThat(
            Dns.query(
                7, List.of(new Dns.Question(Dns.Name.of("_shelly._tcp.local"), Dns.PTR)), false))
        .endsWith(0, 12, 0, 1);
  }

  @Test
  void aCompressedAnswerOfOneMessage() throws Exception {
    // PTR at 12 names the type; the instance is compressed to it, the records beneath to that.
    byte[] type = dotted("_shelly._tcp.local");
    byte[] instance = join(new byte[] {7}, "Küche.".getBytes(StandardCharsets.UTF_8), ptr(12));
    int instanceAt = 12 + type.length + 10;
    byte[] host = join(new byte[] {4}, "host".getBytes(StandardCharsets.UTF_8), ptr(12 + 13));
    byte[] message =
        new Message()
            .record(type, Dns.PTR, 120, instance)
            .record(ptr(instanceAt), Dns.SRV, 120, service(80, host))
            .record(
                ptr(instanceAt),
                Dns.TXT,
                120,
                texts("gen=2", "App=Plus1PM", "app=x", "flag", "=no"))
            .record(ptr(instanceAt), 47, 120, new byte[3])
            .record(dotted("HOST.local"), Dns.AAAA, 120, new byte[16])
            .record(dotted("HOST.local"), Dns.A, 120, new byte[] {(byte) 192, 0, 2, 9})
            .bytes();
    Findings findings = new Findings(List.of("_shelly._tcp"));
    assertThat(findings.add(Dns.answers(message))).isTrue();
    assertThat(findings.add(Dns.answers(message))).isFalse();
    assertThat(findings.missing()).isEmpty();
    assertThat(findings.instances())
        .containsExactly(
            new Instance(
                "_shelly._tcp",
                "Küche.",
                "192.0.2.9",
                80,
                Map.of("gen", "2", "app", "Plus1PM", "flag", "")));
  }

  private static byte[] ptr(int to) {
    return new byte[] {(byte) (0xc0 | to >> 8), (byte) to};
  }

  @Test
  void whatIsMissingIsAskedFor() throws Exception {
    Findings findings = new Findings(List.of("_http._tcp", "_shelly._tcp"));
    assertThat(findings.first()).hasSize(2);
    byte[] instance = name("a.b", "_http", "_tcp", "local");
    findings.add(
        Dns.answers(
            new Message().record(dotted("_HTTP._tcp.local"), Dns.PTR, 9, instance).bytes()));
    assertThat(findings.missing()).extracting(Dns.Question::type).containsExactly(Dns.SRV, Dns.TXT);
    findings.add(
        Dns.answers(
            new Message().record(instance, Dns.SRV, 9, service(8080, dotted("h.local"))).bytes()));
    assertThat(findings.missing())
        .extracting(Dns.Question::type)
        .containsExactly(Dns.A, Dns.AAAA, Dns.TXT);
    byte[] six = new byte[16];
    six[0] = 0x20;
    six[15] = 1;
    findings.add(Dns.answers(new Message().record(dotted("h.local"), Dns.AAAA, 9, six).bytes()));
    assertThat(findings.instances())
        .extracting(Instance::address)
        .containsExactly("2000:0:0:0:0:0:0:1");
    findings.add(
        Dns.answers(
            new Message().record(dotted("h.local"), Dns.A, 9, new byte[] {10, 0, 0, 1}).bytes()));
    assertThat(findings.instances()).extracting(Instance::address).containsExactly("10.0.0.1");
  }

  @Test
  void whatWasNotAskedForIsIgnored() throws Exception {
    Findings findings = new Findings(List.of("_http._tcp"));
    findings.add(
        Dns.answers(
            new Message()
                .record(dotted("_ipp._tcp.local"), Dns.PTR, 9, dotted("p._ipp._tcp.local"))
                .record(dotted("_http._tcp.local"), Dns.PTR, 9, dotted("p._ipp._tcp.local"))
                .record(dotted("_http._tcp.local"), Dns.PTR, 0, dotted("gone._http._tcp.local"))
                .record(dotted("x.local"), Dns.SRV, 9, service(1, dotted("y.local")))
                .bytes()));
    assertThat(findings.missing()).isEmpty();
    byte[] query =
        new Message().record(dotted("_http._tcp.local"), Dns.PTR, 9, dotted("p")).bytes();
    query[2] = 0;
    assertThat(Dns.answers(query)).isEmpty();
    query[2] = (byte) 0x84;
    query[3] = 3;
    assertThat(Dns.answers(query)).isEmpty();
  }

  @Test
  void instancesAreBounded() throws Exception {
    Findings findings = new Findings(List.of("_http._tcp"));
    for (int i = 0; i < 1_000; i++) {
      byte[] instance = name("i" + i, "_http", "_tcp", "local");
      findings.add(
          Dns.answers(
              new Message()
                  .record(dotted("_http._tcp.local"), Dns.PTR, 9, instance)
                  .record(instance, Dns.SRV, 9, service(80, dotted("h.local")))
                  .record(dotted("h.local"), Dns.A, 9, new byte[] {10, 0, 0, 1})
                  .bytes()));
      assertThat(findings.missing().size()).isLessThan(30);
    }
    assertThat(findings.instances()).hasSize(256);
  }

  @ParameterizedTest
  @CsvSource({
    "'', shorter than a header",
    "0000840000000001, shorter than a header",
    "000084000000000100000000, a name is cut",
    "0000840000000001000000000161, cut",
    "000084000000000100000000c00c, points to itself",
    "000084000000000100000000c00e00c00c, points forward",
    "000084000000000100000000c000, points into the header",
    "00008400000000010000000001610161c00c, points back and never ends",
    "0000840000000001000000004000, label of a reserved kind",
    "00008400ffffffffffffffff, counts",
    "00008400000000010000000000000c0001000000010005, data is cut",
    "0000840000000001000000000000010001000000010003010203, an address of three bytes",
    "000084000000000100000000000010000100000001000205ff, a text is cut",
    "00008400000000010000000000002100010000000100020000, a service is cut"
  })
  void hostileMessagesAreRefused(String hex, String what) {
    assertThatThrownBy(() -> Dns.answers(HexFormat.of().parseHex(hex)))
        .as(what)
        .isInstanceOf(Dns.Malformed.class);
  }

  @Test
  void longNamesAreRefused() {
    String[] labels = new String[5];
    Arrays.fill(labels, "x".repeat(60));
    byte[] message = new Message().record(name(labels), Dns.A, 9, new byte[4]).bytes();
    assertThatThrownBy(() -> Dns.answers(message)).isInstanceOf(Dns.Malformed.class);
  }

  @Test
  void anythingElseEndsWithADeclaredError() {
    Random random = new Random(5);
    byte[] good =
        new Message()
            .record(dotted("_http._tcp.local"), Dns.PTR, 9, join(new byte[] {1, 'a'}, ptr(12)))
            .record(dotted("a._http._tcp.local"), Dns.SRV, 9, service(80, ptr(12)))
            .bytes();
    for (int i = 0; i < 50_000; i++) {
      byte[] bad = Arrays.copyOf(good, random.nextInt(good.length + 1));
      for (int flips = random.nextInt(5); flips > 0 && bad.length > 0; flips--) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
      }
      try {
        new Findings(List.of("_http._tcp")).add(Dns.answers(bad));
      } catch (Dns.Malformed e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
  }
}
