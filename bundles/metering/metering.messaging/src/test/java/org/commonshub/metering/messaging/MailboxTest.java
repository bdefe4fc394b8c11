package org.commonshub.metering.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.MqttConnection.Message;
import org.junit.jupiter.api.Test;

class MailboxTest {
  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private final Heard heard = new Heard();
  private final Mailbox mailbox = new Mailbox(heard, tasks::add, "mqtt://192.0.2.9:1883");

  private void send(int number) {
    mailbox.message(new Message("t", Integer.toString(number).getBytes(), false));
  }

  private static List<String> numbers(int from, int to) {
    List<String> numbers = new ArrayList<>();
    for (int i = from; i < to; i++) {
      numbers.add(Integer.toString(i));
    }
    return numbers;
  }

  @Test
  void theOldestGoWhenTheSubscriberIsSlow() {
    for (int i = 0; i < 1_000; i++) {
      send(i);
    }
    assertThat(tasks).hasSize(1);
    tasks.remove().run();
    assertThat(heard.payloads()).isEqualTo(numbers(1_000 - Mailbox.MESSAGES, 1_000));
    assertThat(mailbox.dropped()).isEqualTo(1_000 - Mailbox.MESSAGES);
    send(1_000);
    tasks.remove().run();
    assertThat(heard.payloads()).endsWith("1000");
  }

  @Test
  void newsKeepTheirPlaceAndAreBounded() {
    DeviceException why = new DeviceException(Kind.DISCONNECTED, "x");
    for (int i = 0; i < 1_000; i++) {
      mailbox.connected();
      mailbox.broken(why);
    }
    for (int i = 0; i < Mailbox.MESSAGES; i++) {
      send(i);
    }
    tasks.remove().run();
    assertThat(heard.connected + heard.broken.size()).isEqualTo(16);
    assertThat(heard.payloads()).isEqualTo(numbers(0, Mailbox.MESSAGES));
    assertThat(mailbox.dropped()).isZero();
  }

  @Test
  void aFailingSubscriberGetsTheNextAllTheSame() {
    List<String> seen = new ArrayList<>();
    Queue<Runnable> own = new ArrayDeque<>();
    Mailbox failing =
        new Mailbox(
            new org.commonshub.metering.api.MqttConnection.Listener() {
              @Override
              public void received(Message message) {
                seen.add(new String(message.payload()));
                throw new IllegalStateException("on purpose");
              }

              @Override
              public void broken(DeviceException why) {}
            },
            own::add,
            "x");
    failing.message(new Message("t", "1".getBytes(), false));
    failing.message(new Message("t", "2".getBytes(), false));
    own.remove().run();
    assertThat(seen).containsExactly("1", "2");
  }

  @Test
  void nothingComesAfterClose() {
    send(1);
    mailbox.close();
    send(2);
    tasks.forEach(Runnable::run);
    assertThat(heard.messages).isEmpty();
  }
}
