package org.commonshub.metering.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.metering.api.DatagramConnection;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.HttpConnection;
import org.commonshub.metering.api.MqttConnection;
import org.commonshub.metering.api.StreamConnection;
import org.commonshub.metering.api.TransportProvider;
import org.commonshub.testing.fakes.FakeDriverMemory;
import org.commonshub.testing.fakes.FakeHttpConnection;
import org.commonshub.testing.fakes.FakeMqttConnection;
import org.commonshub.testing.fakes.FakeStreamConnection;
import org.junit.jupiter.api.Test;

/** What a driver is given runs on the pool and ends with the session. */
class BoundTest {
  private final ArrayDeque<Runnable> pool = new ArrayDeque<>();
  private final FakeMqttConnection mqtt = new FakeMqttConnection();
  private final FakeHttpConnection http =
      new FakeHttpConnection(request -> FakeHttpConnection.ok("fine"));
  private final AtomicInteger handles = new AtomicInteger(1);

  private Bound bound(boolean writable) {
    return new Bound(
        DeviceId.random(),
        "test",
        null,
        Endpoint.parse("test://a:1"),
        Map.of(),
        new TransportProvider.Handle() {
          @Override
          public StreamConnection stream() {
            return FakeStreamConnection.answering(request -> request);
          }

          @Override
          public DatagramConnection datagrams() {
            throw new IllegalStateException("not datagrams");
          }

          @Override
          public HttpConnection http() {
            return http;
          }

          @Override
          public MqttConnection mqtt() {
            return mqtt;
          }

          @Override
          public void close() {
            handles.decrementAndGet();
          }
        },
        writable,
        new FakeDriverMemory(),
        pool::add);
  }

  private void work() {
    while (!pool.isEmpty()) {
      pool.poll().run();
    }
  }

  @Test
  void answersOverHttpComeOnThePool() {
    Bound bound = bound(false);
    CompletableFuture<HttpConnection.Response> answer =
        bound
            .http()
            .send(HttpConnection.Request.get("/"), Optional.empty(), Duration.ofSeconds(1))
            .toCompletableFuture();
    assertThat(answer).isNotDone();
    work();
    assertThat(answer.join().status()).isEqualTo(200);
    http.device(
        request -> {
          throw new DeviceException(Kind.REFUSED, "No.");
        });
    CompletableFuture<HttpConnection.Response> refused =
        bound
            .http()
            .send(HttpConnection.Request.get("/"), Optional.empty(), Duration.ofSeconds(1))
            .toCompletableFuture();
    work();
    assertThatThrownBy(refused::join).hasMessageContaining("No.");
    bound.close();
    assertThat(
            bound
                .http()
                .send(HttpConnection.Request.get("/"), Optional.empty(), Duration.ofSeconds(1)))
        .isCompletedExceptionally();
    assertThat(http.requests()).hasSize(2);
    assertThat(handles).hasValue(0);
  }

  @Test
  void messagesComeInOrderOnThePoolAndTheOldestGoFirst() throws Exception {
    Bound bound = bound(false);
    List<String> heard = new ArrayList<>();
    AutoCloseable subscription =
        bound
            .mqtt()
            .subscribe(
                List.of("a/#"),
                new MqttConnection.Listener() {
                  @Override
                  public void received(MqttConnection.Message message) {
                    heard.add(message.topic());
                  }

                  @Override
                  public void broken(DeviceException why) {
                    heard.add(why.getMessage());
                  }

                  @Override
                  public void connected() {
                    heard.add("connected");
                  }
                });
    assertThat(heard).isEmpty();
    work();
    mqtt.deliver("a/1", "x");
    mqtt.deliver("b/1", "x");
    mqtt.breakOff(new DeviceException(Kind.DISCONNECTED, "gone"));
    work();
    assertThat(heard).containsExactly("connected", "a/1", "gone");
    heard.clear();
    for (int i = 0; i < 300; i++) {
      mqtt.deliver("a/" + i, "x");
    }
    work();
    assertThat(heard).hasSize(256).startsWith("a/44").endsWith("a/299");
    subscription.close();
    assertThat(mqtt.filters()).isEmpty();
  }

  @Test
  void subscriptionsEndWithTheSession() {
    Bound bound = bound(false);
    List<String> heard = new ArrayList<>();
    MqttConnection.Listener listener =
        new MqttConnection.Listener() {
          @Override
          public void received(MqttConnection.Message message) {
            heard.add(message.topic());
          }

          @Override
          public void broken(DeviceException why) {}
        };
    bound.mqtt().subscribe(List.of("a"), listener);
    bound.mqtt().subscribe(List.of("b"), listener);
    assertThat(mqtt.filters()).containsExactly("a", "b");
    bound.close();
    assertThat(mqtt.filters()).isEmpty();
    bound.mqtt().subscribe(List.of("c"), listener);
    assertThat(mqtt.filters()).as("after the end").isEmpty();
    work();
    assertThat(heard).isEmpty();
    MqttConnection.Message message = new MqttConnection.Message("t", new byte[0], false);
    assertThat(bound.mqtt().publish(message)).isCompletedExceptionally();
    assertThat(mqtt.published()).isEmpty();
  }

  @Test
  void publishingIsConfirmedOnThePool() {
    MqttConnection.Message message = new MqttConnection.Message("t", new byte[0], false);
    CompletableFuture<Void> sent = bound(false).mqtt().publish(message).toCompletableFuture();
    assertThat(sent).isNotDone();
    work();
    assertThat(sent).isCompleted();
  }

  @Test
  void aDeviceInReadOnlyModeHasAStreamThatIs() {
    assertThat(bound(false).stream().writable()).isFalse();
    assertThat(bound(true).stream().writable()).isTrue();
  }
}
