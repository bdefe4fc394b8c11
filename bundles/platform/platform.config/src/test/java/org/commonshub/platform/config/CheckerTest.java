package org.commonshub.platform.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Dictionary;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.commonshub.platform.api.Settings;
import org.commonshub.platform.api.SettingsException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckerTest {
  static final String XML =
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <metatype:MetaData xmlns:metatype="http://www.osgi.org/xmlns/metatype/v1.4.0" localization="x">
        <OCD id="probe" name="Probe" description="%sentence">
          <AD id="host" type="String" required="true" min="1" max="15"/>
          <AD id="port" type="Integer" default="502" min="1" max="65535" name="Port"/>
          <AD id="factor" type="Double" default="1.5" min="0.5"/>
          <AD id="mode" type="String" default="rtu">
            <Option label="Serial" value="rtu"/><Option label="Network" value="tcp"/>
          </AD>
          <AD id="units" type="Byte" cardinality="2147483647" default="1, 2" required="false"/>
          <AD id="on" type="Boolean" default="true"/>
          <AD id="key" type="Password" required="false" max="20"/>
          <AD id="limits" type="String" cardinality="10" default=""/>
          <AD id="settings" type="String" cardinality="10" required="false"/>
        </OCD>
        <Designate pid="org.example.probe"><Object ocdref="probe"/></Designate>
        <Designate factoryPid="org.example.probes"><Object ocdref="probe"/></Designate>
      </metatype:MetaData>
      """;

  private static List<Metatype> types() throws IOException {
    return MetatypeReader.read(
        new ByteArrayInputStream(XML.getBytes(StandardCharsets.UTF_8)),
        Map.of("sentence", "A probe.")::get);
  }

  private static Dictionary<String, Object> check(String text) throws Exception {
    return new Checker("org.example.probe.json", Optional.of(types().get(0)))
        .check(SettingsFile.parse(text).members());
  }

  @Test
  void readsTheDescriptor() throws IOException {
    assertThat(types())
        .extracting(Metatype::pid)
        .containsExactly("org.example.probe", "org.example.probes");
    assertThat(types()).extracting(Metatype::factory).containsExactly(false, true);
    assertThat(types().get(0).description()).isEqualTo("A probe.");
    Map<String, Metatype.Attribute> attributes = types().get(0).attributes();
    Settings.Option port = attributes.get("port").option();
    assertThat(port)
        .isEqualTo(
            new Settings.Option(
                "port",
                "Port",
                "",
                Settings.Type.INTEGER,
                false,
                false,
                Optional.of(502L),
                Map.of(),
                Optional.of(1L),
                Optional.of(65535L)));
    assertThat(attributes.get("units").option().defaultValue()).contains(List.of(1L, 2L));
    assertThat(attributes.get("mode").option().options()).containsEntry("tcp", "Network");
    assertThat(attributes.get("host").option().required()).isTrue();
    assertThat(attributes.get("limits").option().required()).as("an empty list is one").isFalse();
    assertThat(attributes.get("host").option().max()).as("length is no bound of a value").isEmpty();
    assertThat(attributes.get("key").option().type()).isEqualTo(Settings.Type.SECRET);
  }

  @Test
  void givesValuesTheTypesDeclared() throws Exception {
    Dictionary<String, Object> properties =
        check(
            "{\"host\":\"h\",\"port:Long\":1,\"factor\":2,\"units\":[3,4],\"mode\":\"tcp\","
                + "\"on\":false,\"key\":\"${secret:a-very-long-name-of-a-secret}\","
                + "\"settings.unit\":7,\"service.ranking:int\":5,\"bus.target\":\"(a=b)\","
                + "\":configurator:policy\":\"force\"}");
    assertThat(properties.get("port")).isEqualTo(1);
    assertThat(properties.get("factor")).isEqualTo(2.0);
    assertThat(properties.get("units")).isEqualTo(new Byte[] {3, 4});
    assertThat(properties.get("settings.unit")).isEqualTo(7L);
    assertThat(properties.get("service.ranking")).isEqualTo(5);
    assertThat(properties.get(":configurator:policy")).isNull();
    assertThat(check("{\"host\":\"h\",\"units\":9}").get("units")).isEqualTo(new Byte[] {9});
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|\"host\" is missing, expected a string in quotes of 1 to 15 characters.",
        "{\"host\":\"\"}|line 1: \"host\" is \"\", but expected a string in quotes of 1 to 15 characters.",
        "{\"port\":\"502\"}|\"port\" is \"502\", but expected a whole number from 1 to 65535.",
        "{\"port\":65536}|\"port\" is 65536, but expected a whole number from 1 to 65535.",
        "{\"port\":1.5}|\"port\" is 1.5, but expected a whole number from 1 to 65535.",
        "{\"port\":99999999999999999999}|\"port\" is 99999999999999999999, but expected",
        "{\"port\":[1]}|\"port\" is a list of 1, but expected a whole number",
        "{\"factor\":0.4}|\"factor\" is 0.4, but expected a number of at least 0.5.",
        "{\"factor\":1e999}|but expected a number of at least 0.5.",
        "{\"mode\":\"udp\"}|\"mode\" is \"udp\", but expected one of rtu, tcp.",
        "{\"units\":[1,128]}|\"units\" is 128, but expected a list, each element a whole number from -128 to 127.",
        "{\"on\":\"yes\"}|\"on\" is \"yes\", but expected true or false.",
        "{\"key\":\"a password that is far too long\"}|\"key\" is not valid, but expected",
        "{\"prot\":1}|\"prot\" is not a setting of org.example.probe, but expected one of host, port,",
      })
  void namesKeyValueAndWhatWasExpected(String text, String message) {
    assertThatThrownBy(() -> check(text))
        .isInstanceOf(SettingsException.class)
        .hasMessageStartingWith("org.example.probe.json")
        .hasMessageContaining(message)
        .hasMessageNotContaining("a password");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "org.commonshub.platform.home|{\"zone\":\"Europe/Rom\"}|an IANA time zone such as Europe/Rome",
        "org.commonshub.platform.home|{\"currency\":\"Euro\"}|an ISO 4217 currency code such as EUR",
      })
  void checksWhatAMetatypeCannotSay(String pid, String text, String message) throws Exception {
    String xml =
        "<MetaData><OCD id='a' name='a'><AD id='zone' default=''/><AD id='currency' default='EUR'/>"
            + "</OCD><Designate pid='"
            + pid
            + "'><Object ocdref='a'/></Designate></MetaData>";
    Metatype type =
        MetatypeReader.read(
                new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)), key -> key)
            .get(0);
    Checker checker = new Checker("home.json", Optional.of(type));
    assertThatThrownBy(() -> checker.check(SettingsFile.parse(text).members()))
        .hasMessageContaining(message);
    checker.check(SettingsFile.parse("{\"zone\":\"Europe/Rome\",\"currency\":\"CHF\"}").members());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"a\":1}|java.lang.Long",
        "{\"a\":1.5}|java.lang.Double",
        "{\"a\":true}|java.lang.Boolean",
        "{\"a\":\"x\"}|java.lang.String",
        "{\"a:Integer\":1}|java.lang.Integer",
        "{\"a:char\":\"x\"}|java.lang.Character",
        "{\"a\":[1,2.5]}|[Ljava.lang.Double;",
        "{\"a\":[1,2]}|[Ljava.lang.Long;",
        "{\"a\":[]}|[Ljava.lang.String;",
        "{\"a:int[]\":[1]}|[Ljava.lang.Integer;",
      })
  void withoutAMetatypeTypesAsTheConfiguratorDoes(String text, String type) throws Exception {
    assertThat(
            new Checker("f", Optional.empty())
                .check(SettingsFile.parse(text).members())
                .get("a")
                .getClass()
                .getName())
        .isEqualTo(type);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"a:Integer\":1.5}|\"a\" is 1.5",
        "{\"a:Foo\":1}|has the type \"Foo\"",
        "{\"a\":[1,\"x\"]}|\"a\" is \"x\"",
        "{\"a:byte\":300}|from -128 to 127",
      })
  void withoutAMetatypeTypesStillCount(String text, String message) {
    assertThatThrownBy(
            () -> new Checker("f", Optional.empty()).check(SettingsFile.parse(text).members()))
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {"a,b|a;b", " a , b |a;b", "a\\,b,c|a,b;c", "a\\ ,b|a ;b", "x|x", "a,,b|a;;b"})
  void splitsDefaults(String text, String parts) {
    assertThat(MetatypeReader.split(text, true)).containsExactly(parts.split(";", -1));
  }

  @Test
  void hostileDescriptorsAreRefused() {
    String[] bad = {
      "",
      "<",
      "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
      "<MetaData><OCD/></MetaData>",
      "<MetaData><OCD id='a'><AD/></OCD></MetaData>",
      "<MetaData><OCD id='a'><AD id='b' min='x'/></OCD></MetaData>",
      "<MetaData><OCD id='a'><AD id='b' cardinality='x'/></OCD></MetaData>",
      "<MetaData><Designate><Object ocdref='a'/></Designate></MetaData>",
      "<MetaData>" + " ".repeat(1 << 20) + "</MetaData>",
    };
    for (String xml : bad) {
      assertThatThrownBy(() -> read(xml)).as(xml.strip()).isInstanceOf(IOException.class);
    }
    Random random = new Random(3);
    for (int i = 0; i < 500; i++) {
      byte[] bytes = XML.getBytes(StandardCharsets.UTF_8);
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      try {
        read(new String(bytes, StandardCharsets.UTF_8))
            .forEach(t -> t.attributes().values().forEach(Metatype.Attribute::option));
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("metatype");
      }
    }
  }

  private static List<Metatype> read(String xml) throws IOException {
    return MetatypeReader.read(
        new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)), key -> key);
  }
}
