package org.commonshub.metering.sml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Discoverer.Candidate;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.PushSession;
import org.commonshub.testing.fakes.FakeDriverContext;
import org.commonshub.testing.fakes.FakeStreamConnection;
import org.junit.jupiter.api.Test;

/** What the driver tells people and the scheduler. */
class SmlDriverTest {
  private final FakeStreamConnection stream =
      FakeStreamConnection.failing(Kind.UNREACHABLE, "not asked");
  private final List<Map<String, String>> received = new ArrayList<>();
  private final List<DeviceException> failures = new ArrayList<>();

  private DriverContext context(Map<String, String> settings) {
    return FakeDriverContext.of(new SmlDriver().description(), stream, settings);
  }

  private PushSession session(Map<String, String> settings) throws DeviceException {
    PushSession session = (PushSession) new SmlDriver().open(context(settings));
    session.start(
        new PushSession.Receiver() {
          @Override
          public void values(Optional<Instant> at, List<Measurement> values) {
            assertThat(at).isEmpty();
            received.add(DecodingTest.plain(values));
          }

          @Override
          public void failed(DeviceException why) {
            failures.add(why);
          }
        });
    return session;
  }

  private static Sml meter(String server) {
    return new Sml().server(server).value("1-0:16.7.0*255", 27, 0, "i4", 5);
  }

  @Test
  void aMeterTellsWhoItIs() throws Exception {
    try (PushSession session = session(Map.of())) {
      assertThat(session.identity()).isEmpty();
      stream.push(MeterFamilies.holleyDtz541().sml().frame());
      assertThat(received).containsExactly(MeterFamilies.holleyDtz541().values());
      assertThat(session.identity()).isEqualTo(MeterFamilies.holleyDtz541().identity());
    }
    assertThat(stream.listeners()).isZero();
  }

  /** The fault that the issue of signs is about, as it shows in a home without status words. */
  @Test
  void theRegistersCorrectAMeterOfNoKnownSeries() throws Exception {
    try (PushSession session = session(Map.of())) {
      for (int i = 0; i < 8; i++) {
        stream.push(
            new Sml()
                .value("1-0:1.8.0*255", 30, -1, "u4", 1_000 + i)
                .value("1-0:2.8.0*255", 30, -1, "u4", 77)
                .value("1-0:16.7.0*255", 27, -2, "i2", -29_912)
                .frame());
      }
    }
    assertThat(received.get(0)).containsEntry("power.active", "-299.12");
    assertThat(received.get(7)).containsEntry("power.active", "356.24");
    try (PushSession session = session(Map.of(SmlSettings.SIGN, "off"))) {
      received.clear();
      for (int i = 0; i < 8; i++) {
        stream.push(
            new Sml()
                .value("1-0:1.8.0*255", 30, -1, "u4", 1_000 + i)
                .value("1-0:16.7.0*255", 27, -2, "i2", -29_912)
                .frame());
      }
      assertThat(received)
          .allSatisfy(values -> assertThat(values).containsEntry("power.active", "-299.12"));
    }
  }

  @Test
  void onlyOneMeterOfALineIsRead() throws Exception {
    byte[] mine = meter("0a01454d480000a1bd34").frame();
    byte[] other = meter("0a01454d480000a1bd35").frame();
    try (PushSession session = session(Map.of())) {
      for (int i = 0; i < 30; i++) {
        stream.push(mine);
        stream.push(other);
      }
      assertThat(received).hasSize(30);
      assertThat(session.identity()).containsEntry("serial", "1EMH0010599732");
      for (int i = 0; i < 25; i++) {
        stream.push(other); // The meter was exchanged.
      }
      assertThat(session.identity()).containsEntry("serial", "1EMH0010599733");
    }
    for (String number : List.of("1emh00 10599733", "0A01454D480000A1BD35")) {
      received.clear();
      try (PushSession session = session(Map.of(SmlSettings.METER, number))) {
        stream.push(mine);
        assertThat(received).isEmpty();
        stream.push(other);
        assertThat(received).hasSize(1);
        assertThat(session.identity()).containsEntry("serial", "1EMH0010599733");
      }
    }
  }

  @Test
  void aPersonIsToldWhatToDo() throws Exception {
    byte[] text = new byte[3_000];
    java.util.Arrays.fill(text, (byte) 'x');
    byte[] damaged = meter("0a01454d480000a1bd34").frame();
    damaged[damaged.length / 2] ^= 4;
    byte[] empty = new Sml().text("1-0:96.50.1*1", "EMH").frame();
    try (PushSession session = session(Map.of())) {
      stream.push(text);
      assertThat(failures).isEmpty();
      for (int i = 0; i < 5; i++) {
        stream.push(text);
      }
      assertThat(failures).hasSize(1); // once per outage
      assertThat(failures.get(0)).hasMessageContaining("not SML").hasMessageContaining("9600");
      stream.push(meter("0a01454d480000a1bd34").frame());
      for (int i = 0; i < 80; i++) {
        stream.push(damaged);
      }
      assertThat(failures).hasSize(2);
      assertThat(failures.get(1)).hasMessageContaining("reading head");
      stream.breakStream(new DeviceException(Kind.DISCONNECTED, "gone"));
      assertThat(failures).hasSize(3);
    }
    try (PushSession session = session(Map.of())) {
      for (int i = 0; i < 80; i++) {
        stream.push(empty);
      }
      assertThat(failures).hasSize(4);
      assertThat(failures.get(3)).hasMessageContaining("PIN");
    }
    try (PushSession session = session(Map.of(SmlSettings.METER, "1EMH0000000001"))) {
      for (int i = 0; i < 80; i++) {
        stream.push(meter("0a01454d480000a1bd34").frame());
      }
      assertThat(failures).hasSize(5);
      assertThat(failures.get(4).kind()).isEqualTo(Kind.SETTINGS);
      assertThat(failures.get(4)).hasMessageContaining("1EMH0010599732");
    }
    assertThatThrownBy(() -> session(Map.of(SmlSettings.DETAILS, "maybe")))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("details");
  }

  @Test
  void aMeterIsFoundByListening() throws Exception {
    CompletableFuture<List<Candidate>> found =
        new SmlDriver().probe(context(Map.of())).toCompletableFuture();
    assertThat(found).isNotDone();
    stream.push(MeterFamilies.iskraMt175().sml().frame());
    assertThat(found.get())
        .containsExactly(
            new Candidate(
                "Iskraemeco 1ISK0067362659",
                DeviceRole.GRID_METER,
                Map.of(),
                MeterFamilies.iskraMt175().identity()));
    assertThat(stream.listeners()).isZero();
    found = new SmlDriver().probe(context(Map.of())).toCompletableFuture();
    stream.push(new byte[5_000]);
    assertThat(found.get()).isEmpty();
    found = new SmlDriver().probe(context(Map.of())).toCompletableFuture();
    stream.breakStream(new DeviceException(Kind.UNREACHABLE, "busy"));
    assertThat(found).isCompletedExceptionally();
    assertThat(stream.listeners()).isZero();
  }
}
