package org.commonshub.metering.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.commonshub.metering.api.DeviceException;
import org.junit.jupiter.api.Test;

class MailboxTest {
  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private final Heard heard = new Heard();
  private final Mailbox mailbox =
      new Mailbox(
          heard, tasks::add, t -> t.equals("gone") ? null : new Message(t, t.getBytes(), 0));

  private void send(int number) {
    mailbox.message(new Message("t", Integer.toString(number).getBytes(), 0));
  }

  @Test
  void keptMessagesFirstHoweverManyThenTheNewestOfWhatCame() {
    List<String> kept = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      kept.add("k" + i);
    }
    kept.add("gone");
    mailbox.start(kept);
    for (int i = 0; i < 300; i++) {
      send(i);
    }
    assertThat(tasks).hasSize(1);
    tasks.remove().run();
    assertThat(heard.connected).isEqualTo(1);
    assertThat(heard.messages())
        .hasSize(1_000 + Mailbox.MESSAGES)
        .startsWith("k0=k0 retained")
        .endsWith("t=299");
    assertThat(heard.messages().get(1_000)).isEqualTo("t=44");
    assertThat(mailbox.dropped()).isEqualTo(300 - Mailbox.MESSAGES);
  }

  @Test
  void theEndComesLastAndNothingAfterClose() {
    mailbox.start(List.of());
    mailbox.broken(new DeviceException(DeviceException.Kind.DISCONNECTED, "x"));
    send(1);
    tasks.remove().run();
    assertThat(heard.messages()).containsExactly("t=1");
    assertThat(heard.broken).hasSize(1);
    mailbox.close();
    send(2);
    assertThat(tasks).isEmpty();
  }
}
