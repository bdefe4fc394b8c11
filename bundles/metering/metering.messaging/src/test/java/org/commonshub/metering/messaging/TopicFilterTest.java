package org.commonshub.metering.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** MQTT 3.1.1 §4.7. */
class TopicFilterTest {
  @ParameterizedTest
  @CsvSource({
    "sport/tennis/player1/#, sport/tennis/player1, true",
    "sport/tennis/player1/#, sport/tennis/player1/ranking, true",
    "sport/tennis/player1/#, sport/tennis/player1/score/wimbledon, true",
    "sport/tennis/player1/#, sport/tennis/player2, false",
    "sport/#, sport, true",
    "sport/#, sports, false",
    "#, sport/tennis, true",
    "#, /, true",
    "sport/tennis/+, sport/tennis/player1, true",
    "sport/tennis/+, sport/tennis/player1/ranking, false",
    "sport/+, sport, false",
    "sport/+, sport/, true",
    "+, sport, true",
    "+, /finance, false",
    "+/+, /finance, true",
    "/+, /finance, true",
    "+/tennis/#, sport/tennis/x, true",
    "+/tennis/#, sport/tennis, true",
    "sport/+/player1, sport/tennis/player1, true",
    "sport/+/player1, sport/tennis/player2, false",
    "#, $SYS/broker, false",
    "+/monitor, $SYS/monitor, false",
    "$SYS/#, $SYS/broker/load, true",
    "$SYS/monitor/+, $SYS/monitor/Clients, true",
    "a/b, a/b, true",
    "a/b, a/b/, false",
    "a/b/, a/b, false",
    "a/b, A/b, false",
    "a//b, a//b, true",
    "a/+/b, a//b, true",
    "ab, a, false",
    "a, ab, false",
  })
  void matches(String filter, String topic, boolean expected) {
    assertThat(TopicFilter.refusal(filter)).isEmpty();
    assertThat(TopicFilter.matches(filter, topic)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "a#", "a/#/b", "#/", "a+", "+a/b", "a/b+/c", "##", "++", "a\0b", "\uD800"})
  void refuses(String filter) {
    assertThat(TopicFilter.refusal(filter)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a/#", "+", "a\0", "\uDC00x"})
  void refusesTopics(String topic) {
    assertThat(TopicFilter.topicRefusal(topic)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "a", "a b/ü", "$SYS/x"})
  void takesTopics(String topic) {
    assertThat(TopicFilter.topicRefusal(topic)).isEmpty();
  }

  @org.junit.jupiter.api.Test
  void refusesLongOnes() {
    assertThat(TopicFilter.refusal("ä".repeat(512))).isEmpty();
    assertThat(TopicFilter.refusal("ä".repeat(512) + "a")).isPresent();
  }
}
