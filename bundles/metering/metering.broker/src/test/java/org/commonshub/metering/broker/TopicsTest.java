package org.commonshub.metering.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** MQTT 3.1.1 §4.7, and the tree that answers the same questions for many filters at once. */
class TopicsTest {
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
    "+/tennis/#, sport/tennis, true",
    "#, $SYS/broker, false",
    "+/monitor/Clients, $SYS/monitor/Clients, false",
    "$SYS/#, $SYS/broker/load, true",
    "$SYS/monitor/+, $SYS/monitor/Clients, true",
    "ACCOUNTS, Accounts, false",
    "Accounts payable, Accounts payable, true",
    "/finance, finance, false",
    "a//b, a//b, true",
    "a/+/b, a//b, true",
    "a/b/, a/b, false",
  })
  void matches(String filter, String topic, boolean expected) {
    assertThat(Topics.isFilter(filter)).isTrue();
    assertThat(Topics.matches(filter, topic)).isEqualTo(expected);
    assertThat(found(List.of(filter), topic)).hasSize(expected ? 1 : 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a#", "a/#/b", "#/", "a+", "+a/b", "a/b+/c", "##", "++", "+#"})
  void isNoFilter(String text) {
    assertThat(Topics.isFilter(text)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "ada/#, ada/#, true",
    "ada/#, ada, true",
    "ada/#, ada/+/x, true",
    "ada/#, ada/x/#, true",
    "ada/#, adam, false",
    "ada/#, #, false",
    "ada/#, +/x, false",
    "ada/#, +, false",
    "ada/+, ada/x, true",
    "ada/+, ada/+, true",
    "ada/+, ada/#, false",
    "ada/+, ada, false",
    "+/x, ada/x, true",
    "+/x, +/x, true",
    "+/x, #, false",
    "#, #, true",
    "#, a/+/#, true",
    "+/#, #, false",
    "a/b, a/+, false",
    "a/b, a/b, true",
  })
  void covers(String own, String wished, boolean expected) {
    assertThat(Topics.covers(own, wished)).isEqualTo(expected);
  }

  @Test
  void coveredMeansThatNothingElseMatches() {
    Random random = new Random(1);
    List<String> topics = new ArrayList<>();
    List<String> filters = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      topics.add(some(random, "a", "b", ""));
      filters.add(some(random, "a", "b", "", "+") + (random.nextInt(3) == 0 ? "/#" : ""));
    }
    int covered = 0;
    for (String own : filters) {
      for (String wished : filters) {
        if (Topics.covers(own, wished)) {
          covered++;
          for (String topic : topics) {
            if (Topics.matches(wished, topic)) {
              assertThat(Topics.matches(own, topic))
                  .as("%s covers %s which matches %s", own, wished, topic)
                  .isTrue();
            }
          }
        }
      }
    }
    assertThat(covered).isGreaterThan(300);
  }

  @Test
  void theTreeFindsWhatMatchesAndForgetsWhatIsRemoved() {
    Random random = new Random(2);
    List<String> filters = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      String filter = some(random, "a", "b", "$c", "+", "");
      filters.add(random.nextInt(3) == 0 ? filter + "/#" : filter);
    }
    for (int i = 0; i < 500; i++) {
      String topic = some(random, "a", "b", "$c", "");
      Set<String> expected = new HashSet<>(filters);
      expected.removeIf(filter -> !Topics.matches(filter, topic));
      assertThat(found(filters, topic)).as(topic).isEqualTo(expected);
    }
    SubscriptionTree<String> tree = new SubscriptionTree<>();
    Set<String> distinct = new HashSet<>(filters);
    distinct.forEach(filter -> tree.put(filter, "x", 1));
    assertThat(tree.size()).isEqualTo(distinct.size());
    distinct.forEach(filter -> tree.remove(filter, "x"));
    distinct.forEach(filter -> tree.remove(filter, "x"));
    assertThat(tree.size()).isZero();
  }

  private static Set<String> found(List<String> filters, String topic) {
    SubscriptionTree<String> tree = new SubscriptionTree<>();
    filters.forEach(filter -> tree.put(filter, filter.intern(), 0));
    Set<String> found = new HashSet<>();
    tree.match(topic, (filter, qos) -> found.add(filter));
    return found;
  }

  private static String some(Random random, String... levels) {
    StringBuilder text = new StringBuilder(levels[random.nextInt(levels.length)]);
    for (int i = random.nextInt(4); i > 0; i--) {
      text.append('/').append(levels[random.nextInt(levels.length)]);
    }
    return text.isEmpty() ? "a" : text.toString();
  }

  @Test
  void limits() {
    assertThat(Topics.fits("x".repeat(256))).isTrue();
    assertThat(Topics.fits("x".repeat(257))).isFalse();
    assertThat(Topics.fits("ü".repeat(128))).isTrue();
    assertThat(Topics.fits("ü".repeat(129))).isFalse();
    assertThat(Topics.fits("€".repeat(86))).isFalse();
    assertThat(Topics.fits("😀".repeat(64))).isTrue();
    assertThat(Topics.fits("😀".repeat(65))).isFalse();
    assertThat(Topics.fits("a/".repeat(15) + "a")).isTrue();
    assertThat(Topics.fits("a/".repeat(16))).isFalse();
  }

  @Test
  void shownIsSafeForALog() {
    assertThat(Topics.shown("a\nb\u001b[31m\u202e\u2028x")).isEqualTo("a?b?[31m??x");
    assertThat(Topics.shown("y".repeat(100))).hasSize(65);
  }
}
